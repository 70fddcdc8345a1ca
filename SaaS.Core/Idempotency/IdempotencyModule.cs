using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Jobs;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Idempotency;

/// <summary>
/// Asking twice and getting one effect: the answer to a request with an <c>Idempotency-Key</c> is kept in the database that
/// the request changes, in the same transaction, so that whatever is killed, both are there or neither.
/// </summary>
internal static class IdempotencyModule
{
    public static void AddIdempotency(this IServiceCollection services)
    {
        services.AddSettings<IdempotencyOptions>("Idempotency");
        services.AddScoped<IdempotencyContext>();
        services.AddJob<PurgeIdempotencyRecordsJob>(PurgeIdempotencyRecordsJob.Name, "Removes answers to Idempotency-Keys that are older than they are kept", cron: "0 15 4 * * ?");
    }
}

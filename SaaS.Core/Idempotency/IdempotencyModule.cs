using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Idempotency;

/// <summary>
/// Makes requests with an <c>Idempotency-Key</c> safe to repeat. An idempotency record with the response is stored in the database and in
/// the transaction of the request's changes, so that a crash leaves both or neither.
/// </summary>
internal static class IdempotencyModule
{
    extension(ControlDbContext db)
    {
        public DbSet<IdempotencyRecord> IdempotencyRecords => db.Set<IdempotencyRecord>();
    }

    extension(TenantDbContext db)
    {
        public DbSet<IdempotencyRecord> IdempotencyRecords => db.Set<IdempotencyRecord>();
    }

    public static void AddIdempotency(this IServiceCollection services)
    {
        services.AddSettings<IdempotencyOptions>("Idempotency");
        services.AddScoped<IdempotencyContext>();
        services.AddJob<PurgeIdempotencyRecordsJob>(
            PurgeIdempotencyRecordsJob.Name,
            "Deletes expired idempotency records",
            cron: "0 15 4 * * ?"
        );
    }
}

/// <summary>Settings of idempotent requests.</summary>
internal sealed class IdempotencyOptions
{
    /// <summary>The time during which a stored response is replayed; after that the key counts as new.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan Retention { get; init; } = TimeSpan.FromHours(24);
}

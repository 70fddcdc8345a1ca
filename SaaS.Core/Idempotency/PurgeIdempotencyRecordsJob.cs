using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;

namespace SaaS.Core.Idempotency;

/// <summary>Removes answers that are not given again any more, from the control database and from every tenant's.</summary>
internal sealed partial class PurgeIdempotencyRecordsJob(
    ControlDbContext control, SystemTenantAccess gate, TenantDbFactory databases, IOptions<IdempotencyOptions> options, TimeProvider clock, ILogger<PurgeIdempotencyRecordsJob> logger) : Job
{
    public const string Name = "purge-idempotency-records";

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var oldest = clock.GetUtcNow() - options.Value.Keep;
        var forgotten = await ForgetAsync(control, oldest, ct);
        var tenants = await gate.ListAsync().ToListAsync(ct);
        var failed = await ForEachAsync(tenants, ForgetInAsync, (tenantId, e) => LogFailed(e, tenantId), ct);
        return $"{forgotten} answers forgotten; {failed} of {tenants.Count} tenants failed";

        async Task ForgetInAsync(Guid tenantId)
        {
            if (await gate.EnterAsync(tenantId, Actor.Job(Name), ct) is { } scope)
            {
                await using var db = await databases.OpenAsync(scope, ct);
                forgotten += await ForgetAsync(db, oldest, ct);
            }
        }
    }

    private static Task<int> ForgetAsync(DbContext db, DateTimeOffset oldest, CancellationToken ct) =>
        db.Set<IdempotencyRecord>().Where(answer => answer.StoredAt < oldest).ExecuteDeleteAsync(ct);

    [LoggerMessage(EventId = 4401, Level = LogLevel.Warning, Message = "Answers to keys could not be forgotten in tenant {TenantId}; the next run tries again")]
    private partial void LogFailed(Exception exception, Guid tenantId);
}

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Idempotency;

/// <summary>Deletes expired idempotency records from the control database and from every tenant's database.</summary>
internal sealed partial class PurgeIdempotencyRecordsJob(
    ControlDbContext control,
    SystemTenantAccess tenantAccess,
    TenantDbFactory databases,
    IOptions<IdempotencyOptions> options,
    TimeProvider clock,
    ILogger<PurgeIdempotencyRecordsJob> logger
) : Job
{
    public const string Name = "purge-idempotency-records";

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var oldest = clock.GetUtcNow() - options.Value.Retention;
        var purged = await PurgeAsync(control, oldest, ct);
        var tenants = await tenantAccess.ListForJobsAsync().ToListAsync(ct);
        var failed = await ForEachAsync(tenants, PurgeTenantAsync, (tenantId, e) => LogFailed(e, tenantId), ct);
        return $"{purged} idempotency records deleted; {failed} of {tenants.Count} tenants failed";

        async Task PurgeTenantAsync(Guid tenantId)
        {
            if (await tenantAccess.GetScopeAsync(tenantId, Actor.Job(Name), ct) is { } scope)
            {
                await using var db = await databases.OpenAsync(scope, ct);
                purged += await PurgeAsync(db, oldest, ct);
            }
        }
    }

    private static Task<int> PurgeAsync(DbContext db, DateTimeOffset oldest, CancellationToken ct) =>
        db.Set<IdempotencyRecord>().Where(row => row.StoredAt < oldest).ExecuteDeleteAsync(ct);

    [LoggerMessage(
        EventId = 4401,
        Level = LogLevel.Warning,
        Message = "Idempotency records of tenant {TenantId} could not be purged; the next run retries"
    )]
    private partial void LogFailed(Exception exception, Guid tenantId);
}

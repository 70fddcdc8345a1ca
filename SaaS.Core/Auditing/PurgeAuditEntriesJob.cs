using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Auditing;

/// <summary>Purges expired audit entries from the control database and from all tenant databases.</summary>
internal sealed partial class PurgeAuditEntriesJob(
    ControlDbContext control,
    SystemTenantAccess tenantAccess,
    TenantDbFactory databases,
    IOptions<AuditOptions> options,
    TimeProvider clock,
    ILogger<PurgeAuditEntriesJob> logger
) : Job
{
    public const string Name = "purge-audit-entries";

    private const int BatchSize = 5_000;

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var before = clock.GetUtcNow() - options.Value.Retention;
        var purged = await PurgeAsync(control, before, ct);
        if (purged > 0)
        {
            control.Audit.Record(
                tenantId: null,
                Actor.Job(Name),
                AuditAction.AuditPurged,
                NamedId.From("platform"),
                AuditDetails.Create("entries", purged).With("before", before)
            );
            await control.SaveChangesAsync(ct);
        }

        var tenants = await tenantAccess.ListForJobsAsync().ToListAsync(ct);
        var failed = await ForEachAsync(tenants, PurgeTenantAsync, (tenantId, e) => LogFailed(e, tenantId), ct);
        return $"{purged} entries purged; {failed} of {tenants.Count} tenants failed";

        async Task PurgeTenantAsync(Guid tenantId)
        {
            if (await tenantAccess.GetScopeAsync(tenantId, Actor.Job(Name), ct) is not { } scope)
            {
                return;
            }

            await using var db = await databases.OpenAsync(scope, ct);
            if (await PurgeAsync(db, before, ct) is > 0 and var count)
            {
                purged += count;
                control.Audit.Record(
                    tenantId,
                    Actor.Job(Name),
                    AuditAction.AuditPurged,
                    tenantId,
                    AuditDetails.Create("entries", count).With("before", before)
                );
                await control.SaveChangesAsync(ct);
            }
        }
    }

    // The application roles may insert and read entries but not delete them; the function runs as the owner and enforces a minimum age.
    private static async Task<int> PurgeAsync(DbContext db, DateTimeOffset before, CancellationToken ct)
    {
        var purged = 0;
        while (true)
        {
            var batch = (
                await db.Database.SqlQuery<int>($"""SELECT purge_audit_entries({before}, {BatchSize}) AS "Value" """).ToListAsync(ct)
            )[0];
            purged += batch;
            if (batch < BatchSize)
            {
                return purged;
            }
        }
    }

    [LoggerMessage(
        EventId = 4511,
        Level = LogLevel.Warning,
        Message = "Audit entries of tenant {TenantId} could not be purged; the next run tries again"
    )]
    private partial void LogFailed(Exception exception, Guid tenantId);
}

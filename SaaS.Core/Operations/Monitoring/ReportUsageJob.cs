using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>
/// Stores the usage of each tenant for the current day; a repeated run overwrites it. Deleted tenants are included until they are
/// erased, because they still occupy storage.
/// </summary>
internal sealed partial class ReportUsageJob(
    ControlDbContext db,
    SystemTenantAccess tenantAccess,
    TenantDbFactory databases,
    IOptions<MonitoringOptions> options,
    TimeProvider clock,
    ILogger<ReportUsageJob> logger
) : Job
{
    public const string Name = "report-usage";

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var day = Day(clock.GetUtcNow());
        var tenants = await db.Tenants.Where(Tenant.HasDatabase).Select(tenant => tenant.Id).ToListAsync(ct);
        var reported = 0;
        var failed = await ForEachAsync(tenants, ReportAsync, (tenantId, e) => LogFailed(e, tenantId), ct);
        var oldest = Day(clock.GetUtcNow() - options.Value.UsageReportRetention);
        var forgotten = await db.UsageReports.Where(report => report.Day < oldest).ExecuteDeleteAsync(ct);
        return $"{reported} tenants reported, {failed} failed; {forgotten} old reports removed";

        async Task ReportAsync(Guid tenantId)
        {
            if (await tenantAccess.GetScopeAsync(tenantId, Actor.Job(Name), ct) is not { } scope)
            {
                return; // it is being erased in the meantime
            }

            ContentUsage usage;
            await using (var inside = await databases.OpenAsync(scope, ct))
            {
                usage = await inside.ContentUsage.AsNoTracking().SingleAsync(ct);
            }

            var members = await db.Memberships.CountAsync(membership => membership.TenantId == tenantId, ct);
            await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO usage_reports (day, tenant_id, members, documents, storage_bytes, reported_at)
                VALUES ({day}, {tenantId}, {members}, {usage.Documents}, {usage.StorageBytes}, {clock.GetUtcNow()})
                ON CONFLICT (day, tenant_id) DO UPDATE
                SET members = excluded.members, documents = excluded.documents, storage_bytes = excluded.storage_bytes, reported_at = excluded.reported_at
                """,
                ct
            );
            reported++;
        }
    }

    private static DateOnly Day(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime);

    [LoggerMessage(
        EventId = 4201,
        Level = LogLevel.Warning,
        Message = "The usage of tenant {TenantId} could not be reported; the next run tries again"
    )]
    private partial void LogFailed(Exception exception, Guid tenantId);
}

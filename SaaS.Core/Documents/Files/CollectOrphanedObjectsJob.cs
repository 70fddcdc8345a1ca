using Microsoft.Extensions.Logging;
using SaaS.Core.Jobs;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Documents.Files;

/// <summary>Compares the files of every tenant with its objects.</summary>
internal sealed partial class CollectOrphanedObjectsJob(
    SystemTenantAccess access,
    CollectOrphanedObjects collect,
    ILogger<CollectOrphanedObjectsJob> logger
) : Job
{
    public const string Name = "collect-orphaned-objects";

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var tenants = await access.ListForJobsAsync().ToListAsync(ct);
        var (orphaned, missing) = (0, 0);
        var failed = await ForEachAsync(tenants, CollectAsync, (tenantId, e) => LogFailed(e, tenantId), ct);
        return $"{tenants.Count - failed} tenants checked, {failed} failed; {orphaned} orphaned objects deleted, {missing} files without an object";

        async Task CollectAsync(Guid tenantId)
        {
            var found = await collect.RunAsync(tenantId, ct);
            (orphaned, missing) = (orphaned + found.Orphaned, missing + found.Missing);
        }
    }

    [LoggerMessage(
        EventId = 6103,
        Level = LogLevel.Warning,
        Message = "Objects of tenant {TenantId} could not be compared with its files; the next run retries"
    )]
    private partial void LogFailed(Exception exception, Guid tenantId);
}

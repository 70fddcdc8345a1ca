using Microsoft.Extensions.Logging;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents.Files;

/// <summary>Compares every tenant's files with its objects.</summary>
internal sealed partial class CollectOrphanedObjectsJob(SystemTenantAccess gate, CollectOrphanedObjects sweep, ILogger<CollectOrphanedObjectsJob> logger) : Job
{
    public const string Name = "collect-orphaned-objects";

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var tenants = await gate.ListAsync().ToListAsync(ct);
        var (litter, missing) = (0, 0);
        var failed = await ForEachAsync(tenants, SweepAsync, (tenantId, e) => LogFailed(e, tenantId), ct);
        return $"{tenants.Count - failed} tenants swept, {failed} failed; {litter} objects without a file removed, {missing} files without an object";

        async Task SweepAsync(Guid tenantId)
        {
            var found = await sweep.RunAsync(tenantId, ct);
            (litter, missing) = (litter + found.Litter, missing + found.Missing);
        }
    }

    [LoggerMessage(EventId = 6103, Level = LogLevel.Warning, Message = "Objects of tenant {TenantId} could not be swept; the next run tries again")]
    private partial void LogFailed(Exception exception, Guid tenantId);
}

using Microsoft.Extensions.Logging;
using SaaS.Core.Databases;
using SaaS.Core.Jobs;

namespace SaaS.Core.Files;

/// <summary>Compares every tenant's files with its objects.</summary>
internal sealed partial class SweepObjectsJob(BackgroundGate gate, SweepObjects sweep, ILogger<SweepObjectsJob> logger) : Job
{
    public const string Name = "sweep-objects";

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var (tenants, failed, litter, missing) = (0, 0, 0, 0);
        foreach (var tenantId in await gate.ListAsync().ToListAsync(ct))
        {
            try
            {
                var found = await sweep.RunAsync(tenantId, ct);
                (tenants, litter, missing) = (tenants + 1, litter + found.Litter, missing + found.Missing);
            }
#pragma warning disable CA1031 // whatever is wrong with one tenant, the others are swept all the same
            catch (Exception e) when (!ct.IsCancellationRequested)
#pragma warning restore CA1031
            {
                failed++;
                LogFailed(e, tenantId);
            }
        }

        return $"{tenants} tenants swept, {failed} failed; {litter} objects without a file removed, {missing} files without an object";
    }

    [LoggerMessage(EventId = 6103, Level = LogLevel.Warning, Message = "Objects of tenant {TenantId} could not be swept; the next run tries again")]
    private partial void LogFailed(Exception exception, Guid tenantId);
}

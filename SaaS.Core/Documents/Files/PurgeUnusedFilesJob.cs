using Microsoft.Extensions.Logging;
using SaaS.Core.Jobs;

namespace SaaS.Core.Documents.Files;

/// <summary>Gives up content that no document has shown for a while, in the tenants that have some.</summary>
internal sealed partial class PurgeUnusedFilesJob(UnusedFileMarkers hints, PurgeUnusedFiles remove, TimeProvider clock, ILogger<PurgeUnusedFilesJob> logger) : Job
{
    public const string Name = "purge-unused-files";

    private const int TenantsAtOnce = 1_000;
    private static readonly TimeSpan TryAgain = TimeSpan.FromHours(1);

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var due = await hints.ListDueAsync(clock.GetUtcNow(), TenantsAtOnce, ct);
        var removed = 0;
        List<UnusedFileMarker> failed = [];
        await ForEachAsync(due, async hint => removed += await remove.RunAsync(hint, ct), (hint, e) => { failed.Add(hint); LogFailed(e, hint.TenantId); }, ct);
        foreach (var hint in failed)
        {
            await hints.SettleAsync(hint, clock.GetUtcNow() + TryAgain, ct);
        }

        return $"{removed} files of {due.Count} tenants removed, {failed.Count} tenants failed";
    }

    [LoggerMessage(EventId = 6101, Level = LogLevel.Warning, Message = "Unused files of tenant {TenantId} could not be removed; tried again in an hour")]
    private partial void LogFailed(Exception exception, Guid tenantId);
}

using Microsoft.Extensions.Logging;
using SaaS.Core.Jobs;

namespace SaaS.Core.Documents.Files;

/// <summary>Purges files that no document has used for a while, in the tenants that have any.</summary>
internal sealed partial class PurgeUnusedFilesJob(
    UnusedFileMarkers markers,
    PurgeUnusedFiles purge,
    TimeProvider clock,
    ILogger<PurgeUnusedFilesJob> logger
) : Job
{
    public const string Name = "purge-unused-files";

    private const int TenantsAtOnce = 1_000;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromHours(1);

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var due = await markers.ListDueAsync(clock.GetUtcNow(), TenantsAtOnce, ct);
        var removed = 0;
        List<UnusedFileMarker> failed = [];
        await ForEachAsync(
            due,
            async marker => removed += await purge.RunAsync(marker, ct),
            (marker, e) =>
            {
                failed.Add(marker);
                LogFailed(e, marker.TenantId);
            },
            ct
        );
        foreach (var marker in failed)
        {
            await markers.RescheduleAsync(marker, clock.GetUtcNow() + RetryDelay, ct);
        }

        return $"{removed} files of {due.Count} tenants removed, {failed.Count} tenants failed";
    }

    [LoggerMessage(
        EventId = 6101,
        Level = LogLevel.Warning,
        Message = "Unused files of tenant {TenantId} could not be purged; retried in an hour"
    )]
    private partial void LogFailed(Exception exception, Guid tenantId);
}

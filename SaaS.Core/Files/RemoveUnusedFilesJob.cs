using Microsoft.Extensions.Logging;
using SaaS.Core.Jobs;

namespace SaaS.Core.Files;

/// <summary>Gives up content that no document has shown for a while, in the tenants that have some.</summary>
internal sealed partial class RemoveUnusedFilesJob(UnusedFileHints hints, RemoveUnusedFiles remove, TimeProvider clock, ILogger<RemoveUnusedFilesJob> logger) : Job
{
    public const string Name = "remove-unused-files";

    private const int TenantsAtOnce = 1_000;
    private static readonly TimeSpan TryAgain = TimeSpan.FromHours(1);

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var due = await hints.ListDueAsync(clock.GetUtcNow(), TenantsAtOnce, ct);
        var (removed, failed) = (0, 0);

        foreach (var hint in due)
        {
            try
            {
                removed += await remove.RunAsync(hint, ct);
            }
#pragma warning disable CA1031 // whatever is wrong with one tenant, the others are looked at all the same
            catch (Exception e) when (!ct.IsCancellationRequested)
#pragma warning restore CA1031
            {
                failed++;
                LogFailed(e, hint.TenantId);
                await hints.SettleAsync(hint, clock.GetUtcNow() + TryAgain, ct);
            }
        }

        return $"{removed} files of {due.Count} tenants removed, {failed} tenants failed";
    }

    [LoggerMessage(EventId = 6101, Level = LogLevel.Warning, Message = "Unused files of tenant {TenantId} could not be removed; tried again in an hour")]
    private partial void LogFailed(Exception exception, Guid tenantId);
}

using Microsoft.Extensions.Hosting;
using SaaS.LocalServices;

namespace SaaS.AppHost.Lifecycle;

/// <summary>
/// Ends the run when the DCP process has ended: it sends no more notifications, its hosts end with it, and Aspire's own stop would
/// wait for a response forever.
/// </summary>
internal sealed class OrchestratorMonitor(
    DistributedApplicationModel model,
    ResourceNotificationService notifications,
    AppHostRun run,
    GracefulShutdown shutdown,
    TimeProvider clock
) : BackgroundService
{
    private const int Failed = 1;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Requires two polls in a row, because DCP may not yet have reported hosts that have just ended.
        for (var hadExited = false; ; hadExited = HaveHostsExited())
        {
            await Task.Delay(PollInterval, clock, stoppingToken);
            if (hadExited && HaveHostsExited())
            {
                break;
            }
        }

        run.Fail("Aspire's orchestrator (DCP) has ended, and every host with it: start again.");
        await shutdown.DisposeAsync();
        Environment.Exit(Failed);
    }

    /// <summary>Returns true when no host in state Running has a process.</summary>
    private bool HaveHostsExited()
    {
        var ids = model
            .Resources.OfType<ProjectResource>()
            .Select(host => notifications.TryGetCurrentState(host.Name, out var current) ? current.Snapshot : null)
            .Where(snapshot => snapshot?.State?.Text == KnownResourceStates.Running)
            .Select(snapshot => GracefulShutdown.GetProcessId(snapshot!))
            .ToList();
        return ids.Count > 0 && ids.TrueForAll(id => id is { } pid && !RunningProcesses.Contains(pid));
    }
}

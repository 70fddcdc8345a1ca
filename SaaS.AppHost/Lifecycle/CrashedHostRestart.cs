using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;

namespace SaaS.AppHost.Lifecycle;

/// <summary>
/// Restarts crashed hosts with a back-off, which DCP does not do; a host that was stopped on the dashboard stays stopped. Ends the run
/// when the migration fails during the start.
/// </summary>
internal sealed class CrashedHostRestart(
    ResourceNotificationService notifications,
    ResourceCommandService commands,
    ConsoleReport console,
    StartFailure failure,
    AppHostRun run,
    TimeProvider clock
) : BackgroundService
{
    private static readonly TimeSpan InitialDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StableAfter = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, HostState> _hosts = [];

    private sealed class HostState
    {
        public long? RunningSince { get; set; }

        public string? LastState { get; set; }

        public TimeSpan Delay { get; set; } = InitialDelay;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<Task> restarts = [];
        await foreach (var change in notifications.WatchAsync(stoppingToken))
        {
            if (change.Resource is not ProjectResource project || change.Snapshot.State?.Text is not { } state)
            {
                continue;
            }

            var host = _hosts.GetOrAdd(change.ResourceId, _ => new HostState());
            var before = host.LastState;
            host.LastState = state;
            if (state == KnownResourceStates.Running && before != state)
            {
                host.RunningSince = clock.GetTimestamp();
            }
            else if (
                KnownResourceStates.TerminalStates.Contains(state)
                && !KnownResourceStates.TerminalStates.Contains(before)
                && before != KnownResourceStates.Stopping
                && change.Snapshot.ExitCode is not 0
            )
            {
                restarts.RemoveAll(restart => restart.IsCompleted);
                restarts.Add(RecoverAsync(project, change, host, stoppingToken));
            }
        }

        await Task.WhenAll(restarts);
    }

    private async Task RecoverAsync(ProjectResource project, ResourceEvent crash, HostState host, CancellationToken ct)
    {
        if (failure.IsReported || (!IsOneShot(project) && !run.IsReady && HasMigrationFailed()))
        {
            return; // the run is ending
        }

        var reason = crash.Snapshot.ExitCode is { } code ? $"ended with exit code {code}" : "could not be started";
        var lines = await console.GetLastLinesAsync(crash.ResourceId, ct);
        if (IsOneShot(project))
        {
            if (project.Name == "migrate" && !run.IsReady)
            {
                failure.Report($"{project.Name} {reason}:{lines}");
            }

            return;
        }

        if (host.RunningSince is { } since && clock.GetElapsedTime(since) > StableAfter)
        {
            host.Delay = InitialDelay;
        }

        ConsoleReport.Write($"{project.Name} {reason}; starting it again in {host.Delay.TotalSeconds:0} s{lines}");
        await Task.Delay(host.Delay, clock, ct);
        host.Delay = host.Delay * 2 < MaxDelay ? host.Delay * 2 : MaxDelay;
        await commands.ExecuteCommandAsync(crash.ResourceId, KnownResourceCommands.StartCommand, ct);
    }

    private bool HasMigrationFailed() =>
        notifications.TryGetCurrentState("migrate", out var current)
        && KnownResourceStates.TerminalStates.Contains(current.Snapshot.State?.Text)
        && current.Snapshot.ExitCode is not 0;

    // Long-running hosts have a health check; one-shot projects do not.
    private static bool IsOneShot(ProjectResource project) => !project.TryGetAnnotationsOfType<HealthCheckAnnotation>(out _);
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using SaaS.AppHost.Resources;
using SaaS.LocalServices;

namespace SaaS.AppHost.Lifecycle;

/// <summary>
/// Stops the hosts before their backing services, and lets each drain within its own timeout unless Ctrl-C is pressed again. DCP
/// would stop everything at once and kill a host after six seconds.
/// </summary>
internal sealed class GracefulShutdown : IHostedService, IAsyncDisposable
{
    private const string ProcessId = "executable.pid";

    private const int Interrupted = 130; // 128 + SIGINT, as in shells

    // Slightly more than the hosts' own shutdown timeout of ten seconds.
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(12);

    private readonly DistributedApplicationModel _model;
    private readonly ResourceNotificationService _notifications;
    private readonly ResourceCommandService _commands;
    private readonly AppHostRun _run;
    private readonly CancellationTokenSource _skipWait = new();
    private readonly PosixSignalRegistration _interrupts;
    private readonly Lazy<Task> _shutdown;
    private int _interruptions;

    public GracefulShutdown(
        DistributedApplicationModel model,
        ResourceNotificationService notifications,
        ResourceCommandService commands,
        AppHostRun run
    )
    {
        (_model, _notifications, _commands, _run) = (model, notifications, commands, run);
        _interrupts = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnInterrupt);
        _shutdown = new Lazy<Task>(ShutDownAsync);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => _shutdown.Value;

    // An interrupted start is disposed without StopAsync.
    public async ValueTask DisposeAsync()
    {
        await _shutdown.Value;
        _interrupts.Dispose();
        _skipWait.Dispose();
    }

    private void OnInterrupt(PosixSignalContext signal)
    {
        signal.Cancel = true;
        switch (Interlocked.Increment(ref _interruptions))
        {
            case 2:
                _skipWait.Cancel();
                break;
            case > 2:
                // DCP and ChildGuard end the remaining processes, as after a kill.
                Environment.Exit(Interrupted);
                break;
        }
    }

    private async Task ShutDownAsync()
    {
        if (_run.ExitCode is null)
        {
            Console.Out.WriteLine("Stopping; press Ctrl-C again to skip the wait");
        }

        await Task.WhenAll(_model.Resources.OfType<ProjectResource>().Select(StopAsync));
        foreach (var server in _model.Resources.OfType<LocalServer>().Reverse())
        {
            await server.DisposeAsync();
        }

        await _run.DisposeAsync();
    }

    private async Task StopAsync(ProjectResource host)
    {
        if (!_notifications.TryGetCurrentState(host.Name, out var current) || current.Snapshot.State?.Text != KnownResourceStates.Running)
        {
            return; // a host that is still starting has nothing to drain, so DCP stops it
        }

        var ended = _notifications.WaitForResourceAsync(host.Name, KnownResourceStates.TerminalStates);
        if (GetProcessId(current.Snapshot) is not { } pid || OperatingSystem.IsWindows())
        {
            await _commands.ExecuteCommandAsync(host, KnownResourceCommands.StopCommand, CancellationToken.None);
            await ((Task)ended).WaitAsync(DrainTimeout, _skipWait.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        ChildProcess.Signal(pid, StopSignal.Terminate);
        await ((Task)ended).WaitAsync(DrainTimeout, _skipWait.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!ended.IsCompleted)
        {
            Kill(pid);
        }
    }

    /// <summary>Returns the process id of a resource; null when it has no process yet.</summary>
    internal static int? GetProcessId(CustomResourceSnapshot snapshot) =>
        snapshot.Properties.FirstOrDefault(property => property.Name == ProcessId)?.Value is { } value
            ? Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture)
            : null;

    private static void Kill(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
        catch (Exception ended) when (ended is ArgumentException or InvalidOperationException)
        {
            // The process has already ended.
        }
    }
}

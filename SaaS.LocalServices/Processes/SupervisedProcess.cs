using Microsoft.Extensions.Logging;

namespace SaaS.LocalServices;

internal sealed record SupervisedCommand(
    Func<CancellationToken, Task<ChildCommand>> Prepare,
    Func<CancellationToken, Task<bool>> IsReady,
    Action<string> OnLine
)
{
    /// <summary>Receives a message when a ready process has ended and is restarted.</summary>
    public Action<string>? OnCrash { get; init; }
}

/// <summary>A child process that is restarted with a back-off when it crashes.</summary>
internal sealed partial class SupervisedProcess : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan InitialDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StableAfter = TimeSpan.FromMinutes(1);

    private readonly SupervisedCommand _command;
    private readonly ILogger _log;
    private readonly TimeProvider _clock;
    private readonly CancellationToken _skipWait;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _supervision;
    private ChildProcess? _child;
    private bool _killed;

    internal SupervisedProcess(SupervisedCommand command, ILogger log, TimeProvider clock, CancellationToken skipWait)
    {
        _command = command;
        _log = log;
        _clock = clock;
        _skipWait = skipWait;
        _supervision = Task.Run(SuperviseAsync, CancellationToken.None);
    }

    /// <summary>Completes when the process is ready for the first time; fails when the first start fails, which is not retried.</summary>
    internal Task Ready => _ready.Task;

    /// <summary>Kills the process and its children and restarts it without delay, for crash tests.</summary>
    internal void Kill()
    {
        _killed = true;
        _child?.Kill();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _supervision;
    }

    private async Task SuperviseAsync()
    {
        var backOff = InitialDelay;
        while (!_stop.IsCancellationRequested)
        {
            var started = _clock.GetTimestamp();
            var failure = await RunOnceAsync();
            if (_stop.IsCancellationRequested)
            {
                break;
            }

            if (!_ready.Task.IsCompleted)
            {
                _ready.SetException(failure);
                return;
            }

            backOff = _clock.GetElapsedTime(started) > StableAfter ? InitialDelay : backOff;
            if (_killed)
            {
                _killed = false;
                continue; // a deliberate kill needs no back-off
            }

            LogRestart(_log, failure.Message, (int)backOff.TotalSeconds);
            _command.OnCrash?.Invoke($"{failure.Message}; starting it again in {backOff.TotalSeconds:0} s");
            await Task.Delay(backOff, _clock, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            backOff = backOff * 2 < MaxDelay ? backOff * 2 : MaxDelay;
        }

        _ready.TrySetCanceled(_stop.Token);
    }

    /// <summary>Runs the process until it ends and returns the reason.</summary>
    private async Task<Exception> RunOnceAsync()
    {
        try
        {
            using var child = ChildProcess.Start(await _command.Prepare(_stop.Token), _command.OnLine);
            _child = child;
            try
            {
                await WaitUntilReadyAsync(child);
                if (!_ready.TrySetResult())
                {
                    LogReadyAgain(_log);
                }

                return new LocalServiceException($"ended with exit code {await child.Exited.WaitAsync(_stop.Token)}");
            }
            finally
            {
                _child = null;
                await StopAsync(child);
            }
        }
        catch (OperationCanceledException stopped) when (_stop.IsCancellationRequested)
        {
            return new LocalServiceException("was stopped", stopped);
        }
        catch (Exception failure)
        {
            return failure; // passed to the caller of a first start, and retried after that
        }
    }

    private async Task WaitUntilReadyAsync(ChildProcess child)
    {
        var started = _clock.GetTimestamp();
        while (!await _command.IsReady(_stop.Token))
        {
            if (child.Exited.IsCompleted)
            {
                throw new LocalServiceException($"ended with exit code {await child.Exited} before it was ready");
            }

            if (_clock.GetElapsedTime(started) > ReadyTimeout)
            {
                throw new LocalServiceException($"was not ready after {ReadyTimeout.TotalSeconds:0} s");
            }

            await Task.WhenAny(child.Exited, Task.Delay(PollInterval, _clock, _stop.Token));
        }
    }

    private async Task StopAsync(ChildProcess child)
    {
        if (child.Exited.IsCompleted)
        {
            return;
        }

        var asked = _clock.GetTimestamp();
        await child.StopAsync(_clock, _skipWait);
        var took = _clock.GetElapsedTime(asked).TotalSeconds;
        LogStopped(_log, took);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reason}; starting it again in {Seconds} s")]
    private static partial void LogRestart(ILogger log, string reason, int seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "ready again")]
    private static partial void LogReadyAgain(ILogger log);

    [LoggerMessage(Level = LogLevel.Information, Message = "stopped in {Seconds:0.0} s")]
    private static partial void LogStopped(ILogger log, double seconds);
}

using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using CliWrap;

namespace SaaS.LocalServices;

internal sealed record ChildCommand(string Executable, IReadOnlyList<string> Arguments)
{
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    public string WorkingDirectory { get; init; } = "/";

    public StopSignal Stop { get; init; } = StopSignal.Terminate;

    /// <summary>The time that the process has to end after the stop signal.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(15);
}

internal enum StopSignal
{
    /// <summary>Starts PostgreSQL's fast shutdown.</summary>
    Interrupt = 2,

    /// <summary>Starts the graceful shutdown of a .NET host.</summary>
    Terminate = 15,
}

/// <summary>A child process.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly ChildCommand _command;
    private readonly CancellationTokenSource _kill = new();
    private readonly CancellationTokenSource _interrupt = new();

    private ChildProcess(ChildCommand command, Action<string> onLine)
    {
        _command = command;
        ChildGuard.Start();

        // In its own session a child gets no Ctrl-C, so this process controls the stop order; without setsid (macOS) all stop at once.
        var session = SearchPath.Find("setsid");
        var output = PipeTarget.ToDelegate(onLine);
        var running = Cli.Wrap(session ?? command.Executable)
            .WithArguments(session is null ? command.Arguments : [command.Executable, .. command.Arguments])
            .WithEnvironmentVariables(command.Environment)
            .WithWorkingDirectory(command.WorkingDirectory)
            .WithStandardOutputPipe(output)
            .WithStandardErrorPipe(output)
            .WithValidation(CommandResultValidation.None)
            .ExecuteAsync(_kill.Token, _interrupt.Token);
        Id = running.ProcessId;
        ChildGuard.Watch(Id, command.Stop);
        Exited = WaitAsync(running);
    }

    internal int Id { get; }

    /// <summary>The exit code, once the process has ended.</summary>
    internal Task<int> Exited { get; }

    internal static ChildProcess Start(ChildCommand command, Action<string> onLine)
    {
        try
        {
            return File.Exists(command.Executable)
                ? new ChildProcess(command, onLine)
                : throw new LocalServiceException($"{command.Executable} does not exist: build the solution first.");
        }
        catch (Win32Exception refused)
        {
            throw new LocalServiceException(refused.GetBaseException().Message, refused);
        }
    }

    /// <summary>Sends the stop signal, waits, and kills the process on timeout or when <paramref name="skipWait"/> is cancelled.</summary>
    internal async Task StopAsync(TimeProvider clock, CancellationToken skipWait)
    {
        if (OperatingSystem.IsWindows())
        {
            await _interrupt.CancelAsync();
        }
        else if (!Exited.IsCompleted)
        {
            Signal(Id, _command.Stop);
        }

        await ((Task)Exited).WaitAsync(_command.StopTimeout, clock, skipWait).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _kill.CancelAsync();
        await Exited;
    }

    /// <summary>Kills the process and its children.</summary>
    internal void Kill()
    {
        try
        {
            using var process = Process.GetProcessById(Id);
            process.Kill(entireProcessTree: true);
        }
        catch (Exception ended) when (ended is ArgumentException or InvalidOperationException or AggregateException)
        {
            // The process or one of its children has already ended.
        }
    }

    internal static void Signal(int pid, StopSignal signal) => _ = Kill(pid, (int)signal);

    public void Dispose()
    {
        _kill.Dispose();
        _interrupt.Dispose();
    }

    private async Task<int> WaitAsync(CommandTask<CommandResult> running)
    {
        try
        {
            return (await running).ExitCode;
        }
        catch (OperationCanceledException)
        {
            return 128 + 9;
        }
        finally
        {
            ChildGuard.Release(Id);
        }
    }

    // The result is ignored: kill fails only when the process has already ended.
    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int pid, int signal);
}

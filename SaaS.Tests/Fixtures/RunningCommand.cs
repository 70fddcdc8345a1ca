using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using SaaS.LocalServices;

namespace SaaS.Tests.Fixtures;

/// <summary>The exit code and the whole output of a command.</summary>
internal sealed record CommandRun(int ExitCode, string Text)
{
    public int Count(string word) => Text.Split(word).Length - 1;
}

/// <summary>A process of the worker's executable that runs one command.</summary>
internal sealed class RunningCommand : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _said = [];

    public RunningCommand(ChildCommand command)
    {
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(command.Executable, command.Arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = command.WorkingDirectory,
            },
        };
        foreach (var (name, value) in command.Environment)
        {
            _process.StartInfo.Environment[name] = value;
        }

        _process.OutputDataReceived += (_, line) => _said.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _said.Enqueue(line.Data ?? "");
        _process.Start();
        _process.StandardInput.Close(); // prompts of the command get no answer
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public async Task<CommandRun> EndAsync()
    {
        using var timeout = new CancellationTokenSource(Timeout);
        await _process.WaitForExitAsync(timeout.Token);
        return new CommandRun(_process.ExitCode, string.Join('\n', _said));
    }

    /// <summary>
    /// Stops it with SIGTERM, which has the same effect as Ctrl-C; SIGINT is ignored by processes that a shell runs in the
    /// background.
    /// </summary>
    public async Task InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Kills the process with SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }
}

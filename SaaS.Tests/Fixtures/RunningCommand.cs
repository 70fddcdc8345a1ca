using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using SaaS.LocalServices;

namespace SaaS.Tests.Fixtures;

/// <summary>How a command ended, and everything that it said.</summary>
internal sealed record CommandRun(int ExitCode, string Text)
{
    public int Count(string word) => Text.Split(word).Length - 1;
}

/// <summary>The worker's executable at work on one command.</summary>
internal sealed class RunningCommand : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

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
        _process.StandardInput.Close(); // nobody answers what it asks
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public async Task<CommandRun> EndAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
        return new CommandRun(_process.ExitCode, string.Join('\n', _said));
    }

    /// <summary>Asks it to stop, as Ctrl-C does; that signal itself is ignored by whatever a shell runs in the background.</summary>
    public async Task InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>kill -9.</summary>
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

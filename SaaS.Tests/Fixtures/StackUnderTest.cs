using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using SaaS.AppHost.Embedded;

namespace SaaS.Tests.Fixtures;

/// <summary>The AppHost as a person starts it: its own process, on a data folder, with everything that it starts.</summary>
internal sealed partial class StackUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly string _data;
    private readonly ConcurrentQueue<string> _output = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private StackUnderTest(string data, int port)
    {
        _data = data;
        Api = new Uri($"http://127.0.0.1:{port}");
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", [AppHost(), "--data", data, "--port", port.ToString(CultureInfo.InvariantCulture)])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["Jobs__repair-provisioning__Cron"] = "* * * * * ?", ["ConnectionStrings__kafka"] = "" },
            },
            EnableRaisingEvents = true,
        };
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException($"The AppHost ended: {Told()}"));
    }

    public Uri Api { get; }

    /// <summary>Where the scheduler is; its usual port may have been taken.</summary>
    public string Scheduler { get; private set; } = "";

    /// <summary>Where the hosts' numbers are, as the console tells it once all are ready.</summary>
    public IReadOnlyList<string> Numbers { get; private set; } = [];

    public static async Task<StackUnderTest> StartAsync(string data)
    {
        var stack = new StackUnderTest(data, Ports.FreeOr(0, NullLogger.Instance));
        stack._process.Start();
        stack._process.BeginOutputReadLine();
        stack._process.BeginErrorReadLine();
        await stack._ready.Task.WaitAsync(Patience);
        return stack;
    }

    /// <summary>Ctrl-C.</summary>
    public async Task InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(Patience);
        Assert.True(_process.ExitCode == 0, $"The AppHost ended with {_process.ExitCode}: {Told()}");
    }

    /// <summary>kill -9.</summary>
    public void Kill() => _process.Kill();

    /// <summary>The processes that still know this data folder: by their command line, their environment or where they work.</summary>
    public IReadOnlyList<string> Survivors() =>
        [.. Directory.GetDirectories("/proc")
            .Where(folder => int.TryParse(Path.GetFileName(folder), out var id) && id != Environment.ProcessId)
            .Where(folder => Mentions(Path.Combine(folder, "cmdline")) || Mentions(Path.Combine(folder, "environ")))
            .Select(Path.GetFileName)!];

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private bool Mentions(string file)
    {
        try
        {
            return File.ReadAllText(file).Contains(_data, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // it has ended meanwhile
        }
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }

        _output.Enqueue(line);
        if (SchedulerLine().Match(line) is { Success: true } scheduler)
        {
            Scheduler = scheduler.Groups[1].Value;
        }

        if (line.StartsWith("  metrics ", StringComparison.Ordinal))
        {
            Numbers = [.. line.Split(' ').Where(word => word.StartsWith("http", StringComparison.Ordinal))];
        }

        if (line.StartsWith("Ready in", StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
    }

    private string Told() => string.Join('\n', _output);

    private static string AppHost()
    {
        // SaaS.Tests/bin/<configuration>/<framework>/ → the same place of SaaS.AppHost, whose hosts lie beside it.
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var repository = output.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(repository, "SaaS.AppHost", "bin", output.Parent.Name, output.Name, "SaaS.AppHost.dll");
    }

    [GeneratedRegex(@"^scheduler\s+ready\s+(http\S+)")]
    private static partial Regex SchedulerLine();
}

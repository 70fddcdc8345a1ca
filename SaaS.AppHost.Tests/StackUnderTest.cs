using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SaaS.LocalServices;

namespace SaaS.AppHost.Tests;

/// <summary>The AppHost as a separate process on a data folder, with all processes that it starts.</summary>
internal sealed partial class StackUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(3);

    private static readonly string[] AnyPort = ["--port", "0"];

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private StackUnderTest(string data, bool atTerminal, string[] options)
    {
        Data = data;
        var command = CommandLine(options);
        _process = new Process
        {
            // script(1) provides a terminal and forwards its input. "exec" avoids a shell that Ctrl-C would end with the exit code of
            // the signal. The signal is reset because a test run in the background ignores SIGINT and would pass that on.
            StartInfo = (
                atTerminal
                    ? new ProcessStartInfo("script", ["-qfec", $"exec env --default-signal=INT {string.Join(' ', command)}", "/dev/null"])
                    : new ProcessStartInfo("dotnet", command[1..])
            ).With(start =>
            {
                start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
                start.Environment["Jobs__repair-provisioning__Cron"] = "* * * * * ?";
                start.Environment["ConnectionStrings__kafka"] = "";

                // Keeps the stack out of the registry of the user who runs the tests.
                start.Environment["XDG_DATA_HOME"] = Path.Combine(Path.GetDirectoryName(data)!, "registry");
            }),
            EnableRaisingEvents = true,
        };
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException($"The AppHost ended: {Output}"));
    }

    public string Data { get; }

    public Uri Api => new(GetPrintedValue("API"));

    public string Scheduler => GetPrintedValue("Jobs").Replace("/jobs", "", StringComparison.Ordinal);

    public string Output => string.Join('\n', _output);

    public Process Process => _process;

    public Uri Metrics(string host) => new($"http://127.0.0.1:{Ports()[$"{host}-metrics"]}/metrics");

    public Dictionary<string, int> Ports() =>
        JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllText(Path.Combine(Data, "ports.json")))!;

    /// <summary>Returns the command that starts the AppHost.</summary>
    public static string[] CommandLine(params string[] options) => ["dotnet", Executable, .. options];

    /// <summary>Starts the AppHost on local services and waits for the ready message.</summary>
    public static async Task<StackUnderTest> StartAsync(string data, bool atTerminal = false, params string[] options)
    {
        var stack = Launch(
            data,
            atTerminal,
            ["--services", "local", "--data", data, .. options.Contains("--port") ? [] : AnyPort, .. options]
        );
        try
        {
            await stack._ready.Task.WaitAsync(Timeout);
            return stack;
        }
        catch (TimeoutException)
        {
            Assert.Fail($"The stack does not become ready: {stack.Output}");
            throw;
        }
    }

    /// <summary>Starts the AppHost with only these options, without waiting.</summary>
    public static StackUnderTest Launch(string data, bool atTerminal, string[] options)
    {
        var stack = new StackUnderTest(data, atTerminal, options);
        stack._process.Start();
        stack._process.BeginOutputReadLine();
        stack._process.BeginErrorReadLine();
        return stack;
    }

    /// <summary>Returns the value of a line of the ready message.</summary>
    public string GetPrintedValue(string label) =>
        _output.First(line => line.StartsWith($"  {label} ", StringComparison.Ordinal))[(label.Length + 2)..].Trim();

    /// <summary>Sends SIGTERM, as a service manager does.</summary>
    public async Task TerminateAsync()
    {
        ChildProcess.Signal(_process.Id, StopSignal.Terminate);
        Assert.True(await EndAsync() == 0, Output);
    }

    /// <summary>Presses Ctrl-C at the terminal.</summary>
    public async Task PressControlCAsync()
    {
        await _process.StandardInput.WriteAsync('\u0003');
        await _process.StandardInput.FlushAsync();
    }

    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Timeout);
        return _process.ExitCode;
    }

    /// <summary>Kills the AppHost (kill -9).</summary>
    public void Kill() => _process.Kill();

    /// <summary>Returns the running processes that have this data folder or its login token in their environment or arguments.</summary>
    public IReadOnlyList<int> Survivors() =>
        [.. ProcessesWith(Data), .. ProcessesWith(File.ReadAllText(Path.Combine(Data, "keys", "dashboard-token")))];

    /// <summary>Returns the process id of a host of this run; 0 when there is none.</summary>
    public int HostProcess(string project)
    {
        const string Instance = "Health__InstanceId=";
        var run = ProcessesWith(Data)
            .SelectMany(id => ReadProc(id, "environ").Split('\0'))
            .First(variable => variable.StartsWith(Instance, StringComparison.Ordinal));
        return ProcessesWith(run).FirstOrDefault(id => ReadProc(id, "cmdline").Split('\0')[0].EndsWith(project, StringComparison.Ordinal));
    }

    /// <summary>Returns the process id of the migration; 0 when there is none.</summary>
    public int MigrationProcess() =>
        ProcessesWith(Data)
            .FirstOrDefault(id =>
                ReadProc(id, "cmdline").Split('\0') is [var program, "migrate", ..]
                && program.EndsWith("SaaS.Worker", StringComparison.Ordinal)
            );

    /// <summary>Returns the processes of DCP: the server that monitors this AppHost, and its child processes.</summary>
    public IReadOnlyList<int> OrchestratorProcesses()
    {
        var dcp = ProcessesWith("/dcp").Where(id => ReadProc(id, "cmdline").Contains("/dcp\0", StringComparison.Ordinal)).ToList();
        var server = dcp.Where(id => ReadProc(id, "cmdline").Split('\0').Contains($"{_process.Id}")).ToList();
        return [.. server, .. dcp.Where(id => server.Contains(ParentOf(id)))];
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static string Executable
    {
        get
        {
            // SaaS.AppHost.Tests/bin/<configuration>/<framework>/ and the same folder of SaaS.AppHost
            var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
            return Path.Combine(Repository.Root(), "SaaS.AppHost", "bin", output.Parent!.Name, output.Name, "SaaS.AppHost.dll");
        }
    }

    private static List<int> ProcessesWith(string text) =>
        [
            .. Directory
                .GetDirectories("/proc")
                .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
                .Where(id => id > 0 && id != Environment.ProcessId)
                .Where(id =>
                    ReadProc(id, "cmdline").Contains(text, StringComparison.Ordinal)
                    || ReadProc(id, "environ").Contains(text, StringComparison.Ordinal)
                ),
        ];

    private static string ReadProc(int id, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/{file}");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return ""; // the process has ended
        }
    }

    // "123 (dcp) S 122 …": the parent is the second field after the name.
    private static int ParentOf(int id) =>
        ReadProc(id, "stat") is { Length: > 0 } stat
            ? int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture)
            : 0;

    // Terminal control codes of .NET's console: ESC [ ? 1 h, ESC =
    [GeneratedRegex(@"\e(\[[0-9;?]*[a-zA-Z]|[=>])")]
    private static partial Regex TerminalCode();

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }

        line = TerminalCode().Replace(line, "").TrimEnd('\r');
        _output.Enqueue(line);
        if (line.StartsWith("  Next ", StringComparison.Ordinal)) // the last line of the ready message
        {
            _ready.TrySetResult();
        }
    }
}

internal static class ConfiguredObject
{
    public static T With<T>(this T value, Action<T> configure)
    {
        configure(value);
        return value;
    }
}

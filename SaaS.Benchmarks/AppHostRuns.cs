using System.Globalization;
using System.Text.RegularExpressions;
using SaaS.LocalServices;

namespace SaaS.Benchmarks;

/// <summary>Start, stop and idle cost of the AppHost, without its build.</summary>
internal static partial class AppHostRuns
{
    private const double IdleLimit = 2.5;

    private static readonly TimeSpan WarmUp = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(2);

    internal static readonly Figure Cold = Starting("apphost-cold", "on an empty data folder", limit: 9, keepsData: false);

    internal static readonly Figure Warm = Starting("apphost-warm", "on the data of the last run", limit: 7, keepsData: true);

    internal static readonly Figure Stop = new(
        "apphost-stop",
        "from Ctrl-C until the last process has ended ÷ the same of a bare endpoint",
        "s",
        Goal.OursBelow(5, "s"),
        (system, ct) =>
            MeasureAsync(
                system,
                keepsData: true,
                run => run.StopSeconds,
                async it =>
                {
                    var host = await system.StartRoleAsync(BareEndpoint.Role, [], it);
                    var asked = SystemUnderMeasurement.Clock.GetTimestamp();
                    await host.DisposeAsync();
                    return SystemUnderMeasurement.Clock.GetElapsedTime(asked).TotalSeconds;
                },
                ct
            )
    );

    internal static readonly Figure Idle = new(
        "apphost-idle",
        "of one core, what AppHost, DCP and dashboard take together, idle ÷ what they may",
        "%",
        Goal.OursBelow(IdleLimit, "%"),
        MeasureIdleAsync
    );

    private static Figure Starting(string name, string on, double limit, bool keepsData) =>
        new(
            name,
            $"from the start of the AppHost until the ready message, {on} ÷ the same of a bare endpoint",
            "s",
            Goal.OursBelow(limit, "s"),
            (system, ct) =>
                MeasureAsync(
                    system,
                    keepsData,
                    run => run.ReadySeconds,
                    async it =>
                    {
                        var began = SystemUnderMeasurement.Clock.GetTimestamp();
                        await using var host = await system.StartRoleAsync(BareEndpoint.Role, [], it);
                        return SystemUnderMeasurement.Clock.GetElapsedTime(began).TotalSeconds;
                    },
                    ct
                )
        );

    private static async Task<Measured> MeasureAsync(
        SystemUnderMeasurement system,
        bool keepsData,
        Func<(double ReadySeconds, double StopSeconds), double> choose,
        Func<CancellationToken, Task<double>> anchor,
        CancellationToken ct
    )
    {
        var data = Path.Combine(system.Scratch, "apphost");
        if (keepsData)
        {
            await RunAsync(data, (_, _) => Task.CompletedTask, ct);
        }

        return await Rounds.InterleaveAsync(
            async it =>
            {
                if (!keepsData && Directory.Exists(data))
                {
                    Directory.Delete(data, recursive: true);
                }

                return choose(await RunAsync(data, (_, _) => Task.CompletedTask, it));
            },
            anchor,
            system,
            ct
        );
    }

    private static async Task<Measured> MeasureIdleAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        Round? round = null;
        await RunAsync(
            Path.Combine(system.Scratch, "apphost"),
            async (appHost, it) =>
            {
                await Task.Delay(WarmUp, SystemUnderMeasurement.Clock, it);
                var before = CpuUsage.Read();
                var usedBefore = Orchestration(appHost).ToDictionary(id => id, CpuUsage.GetProcessorSeconds);
                await Task.Delay(Duration, SystemUnderMeasurement.Clock, it);
                var used = Orchestration(appHost).Sum(id => CpuUsage.GetProcessorSeconds(id) - usedBefore.GetValueOrDefault(id));
                round = new Round(100 * used / Duration.TotalSeconds, IdleLimit, before is null ? 0 : CpuUsage.Read()!.OthersSince(before));
            },
            ct
        );
        return new Measured([round!]);
    }

    // The AppHost, DCP and the dashboard, found by command line because DCP detaches its processes.
    private static IEnumerable<int> Orchestration(int appHost) =>
        Directory
            .EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id == appHost || (id > 0 && OrchestrationProgram().IsMatch(CommandLine(id))));

    private static string CommandLine(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/cmdline");
        }
        catch (IOException)
        {
            return ""; // the process has ended
        }
    }

    private static async Task<(double ReadySeconds, double StopSeconds)> RunAsync(
        string data,
        Func<int, CancellationToken, Task> whileReady,
        CancellationToken ct
    )
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var began = SystemUnderMeasurement.Clock.GetTimestamp();
        var command = new HostProject("SaaS.AppHost").Command(
            ["--services", "local", "--data", data, "--port", "0"],
            new Dictionary<string, string?>()
        ) with
        {
            StopTimeout = TimeSpan.FromMinutes(1),
        };
        using var appHost = ChildProcess.Start(
            command,
            line =>
            {
                if (line.StartsWith("Ready in ", StringComparison.Ordinal))
                {
                    ready.TrySetResult();
                }
            }
        );
        if (await Task.WhenAny(ready.Task, appHost.Exited).WaitAsync(ct) == appHost.Exited)
        {
            throw new LocalServiceException($"the AppHost ended with exit code {await appHost.Exited}");
        }

        var readySeconds = SystemUnderMeasurement.Clock.GetElapsedTime(began).TotalSeconds;
        await whileReady(appHost.Id, ct);
        var asked = SystemUnderMeasurement.Clock.GetTimestamp();
        await appHost.StopAsync(SystemUnderMeasurement.Clock, skipWait: CancellationToken.None);
        return (readySeconds, SystemUnderMeasurement.Clock.GetElapsedTime(asked).TotalSeconds);
    }

    [GeneratedRegex(@"/tools/dcp\b|Aspire\.Dashboard")]
    private static partial Regex OrchestrationProgram();
}

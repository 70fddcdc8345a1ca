using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using SaaS.AppHost.Embedded;
using SaaS.Benchmarks;
using Spectre.Console;

if (args is [BareEndpointProcess.Command])
{
    return await BareEndpoint.ServeAsync();
}

if (!Choice.TryParse(args, out var choice))
{
    Console.Out.WriteLine(Choice.Usage);
    return args is ["--help" or "-h"] ? 0 : 2;
}

using var stopping = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

var console = AnsiConsole.Console;
console.Profile.Width = Math.Max(console.Profile.Width, Report.Width); // into a file, too, each figure in one line
var progress = console.Profile.Out.Writer;
using var logs = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(new ConsoleLines(console)));
List<(Figure Figure, Measured Measured)> measured = [];
var machine = "";
try
{
    foreach (var figure in choice.Figures)
    {
        progress.WriteLine($"{figure.Name}: {figure.Sentence} ({figure.Unit}; load before: {Machine.Load() ?? "unknown"})");
        await using var system = await SystemUnderMeasurement.StartAsync(logs, progress, stopping.Token);
        measured.Add((figure, await figure.MeasureAsync(system, stopping.Token)));
        machine = Machine.Describe(await system.PostgresVersionAsync(stopping.Token));
    }
}
catch (OperationCanceledException) when (stopping.IsCancellationRequested)
{
    return 130;
}
catch (Exception failure) when (failure is EngineException or HttpRequestException or IOException)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return 1;
}

Report.Write(console, measured, machine);
return choice.Strict && measured.Any(it => it.Figure.Goal is { } goal && !goal.IsMetBy(it.Measured.Ratio)) ? 1 : 0;

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true; // the engines have to be stopped first
    stopping.Cancel();
}

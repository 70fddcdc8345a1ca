using Microsoft.Extensions.Logging;
using SaaS.Benchmarks;
using SaaS.Benchmarks.Crashes;
using SaaS.LocalServices;
using Spectre.Console;

switch (args)
{
    case [BareEndpoint.Role]:
        return await BareEndpoint.ServeAsync();
    case [MinimalHost.Role]:
        return await MinimalHost.ServeAsync();
    case [RedisProcess.Role]:
        return await RedisProcess.ServeAsync();
    case [RelayAlone.Role]:
        return await RelayAlone.ServeAsync();
    case [ProvisionerRole.Role]:
        return await ProvisionerRole.ServeAsync();
    case [CrashWorker.Role]:
        return await CrashWorker.ServeAsync();
    case [CrashOptions.Command, .. var options]:
        return await CrashCommand.RunAsync(options);
}

if (!BenchmarkOptions.TryParse(args, out var choice))
{
    Console.Out.WriteLine(BenchmarkOptions.Usage);
    return args is ["--help" or "-h"] ? 0 : 2;
}

using var stopping = new Interruption();
var console = AnsiConsole.Console;
console.Profile.Width = Math.Max(console.Profile.Width, Report.Width); // one line per figure, also in a file
var progress = console.Profile.Out.Writer;
using var logs = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(new ConsoleLines(console)));
List<(Figure Figure, Measured Measured)> measured = [];
List<string> failed = [];
var machine = "";
foreach (var figure in choice.Figures.TakeWhile(_ => !stopping.Token.IsCancellationRequested))
{
    progress.WriteLine($"{figure.Name}: {figure.Sentence} ({figure.Unit}; load before: {Machine.Load() ?? "unknown"})");
    try
    {
        await using var system = await SystemUnderMeasurement.StartAsync(logs, progress, [], stopping.Token);
        measured.Add((figure, await figure.MeasureAsync(system, stopping.Token)));
        machine = Machine.Describe(await system.PostgresVersionAsync(stopping.Token));
    }
    catch (OperationCanceledException) when (stopping.Token.IsCancellationRequested)
    {
        // The figures that were measured before are shown.
    }
#pragma warning disable CA1031 // the failure of one figure must not lose the results of the others
    catch (Exception failure)
#pragma warning restore CA1031
    {
        failed.Add($"{figure.Name} could not be measured: {failure.Message}");
    }
}

if (measured.Count > 0)
{
    Report.Write(console, measured, machine);
}

failed.ForEach(Console.Error.WriteLine);
return stopping.Token.IsCancellationRequested ? 130
    : failed.Count > 0 || (choice.Strict && measured.Any(it => it.Figure.Goal is { } goal && !goal.IsMetBy(it.Measured))) ? 1
    : 0;

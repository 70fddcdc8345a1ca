using Microsoft.Extensions.Logging;
using SaaS.LocalServices;
using Spectre.Console;

namespace SaaS.Benchmarks.Crashes;

/// <summary>The crash test, which proves that no write or event is lost: see <see cref="CrashOptions.Usage"/>.</summary>
internal static class CrashCommand
{
    internal static async Task<int> RunAsync(string[] arguments)
    {
        if (!CrashOptions.TryParse(arguments, out var options))
        {
            var asked = arguments is ["--help" or "-h"];
            await (asked ? Console.Out : Console.Error).WriteLineAsync(CrashOptions.Usage);
            return asked ? 0 : 2;
        }

        using var stopping = new Interruption();
        var console = AnsiConsole.Console;
        console.Profile.Width = Math.Max(console.Profile.Width, Report.Width);
        var progress = console.Profile.Out.Writer;
        using var logs = LoggerFactory.Create(logging =>
            logging.SetMinimumLevel(options.Verbose ? LogLevel.Information : LogLevel.None).AddProvider(new ConsoleLines(console))
        );
        List<CrashReport> reports = [];
        try
        {
            foreach (var transport in options.Transports)
            {
                progress.WriteLine(
                    $"{transport}: {options.Tenants} tenants, {options.Writes} writes, {options.Kills} kills, seed {options.Seed}"
                );
                await using var system = await CrashSystem.StartAsync(transport, logs, progress, stopping.Token);
                reports.Add(await new CrashRun(system, options).RunAsync(stopping.Token));
            }
        }
        catch (OperationCanceledException) when (stopping.Token.IsCancellationRequested)
        {
            return 130;
        }
        catch (LocalServiceException failure)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }

        CrashReport.Write(console, reports);
        return reports.TrueForAll(report => report.IsClean) ? 0 : 1;
    }
}

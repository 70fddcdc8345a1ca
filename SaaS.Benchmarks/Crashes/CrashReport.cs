using System.Globalization;
using Spectre.Console;

namespace SaaS.Benchmarks.Crashes;

/// <summary>The result of a crash test over all tenants.</summary>
/// <param name="Transport">The transport of the events.</param>
/// <param name="Verdicts">The result of each tenant.</param>
/// <param name="Kills">The number of kills by process name.</param>
/// <param name="Redeliveries">The number of repeated deliveries to the consumer.</param>
/// <param name="Took">The time from the first write to the last event.</param>
internal sealed record CrashReport(
    string Transport,
    IReadOnlyList<TenantCrashResult> Verdicts,
    IReadOnlyDictionary<string, int> Kills,
    int Redeliveries,
    TimeSpan Took
)
{
    internal bool IsClean => Verdicts.All(verdict => verdict.IsClean);

    internal static void Write(IAnsiConsole console, IReadOnlyList<CrashReport> reports)
    {
        var table = new Table().RoundedBorder().AddColumns(["", .. reports.Select(report => report.Transport)]);
        Row("writes acknowledged", report => Sum(report, verdict => verdict.Acknowledged));
        Row("writes committed", report => Sum(report, verdict => verdict.Committed));
        Row(
            "kills",
            report =>
                $"{report.Kills.Values.Sum()} ({string.Join(", ", report.Kills.OrderBy(kill => kill.Key).Select(kill => $"{kill.Key} {kill.Value}"))})"
        );
        Row("redeliveries", report => $"{report.Redeliveries}");
        Row("writes lost", report => Sum(report, verdict => verdict.LostWrites));
        Row("events lost", report => Sum(report, verdict => verdict.LostEvents));
        Row("effects repeated", report => Sum(report, verdict => verdict.Repeated));
        Row("reorderings", report => Sum(report, verdict => verdict.Reordered));
        Row("took", report => string.Create(CultureInfo.InvariantCulture, $"{report.Took.TotalSeconds:0} s"));
        Row("", report => report.IsClean ? "nothing was lost" : "BROKEN");
        console.Write(table);

        void Row(string name, Func<CrashReport, string> value) =>
            table.AddRow([new Text(name), .. reports.Select(report => new Text(value(report)))]);
    }

    private static string Sum(CrashReport report, Func<TenantCrashResult, int> of) =>
        report.Verdicts.Sum(of).ToString(CultureInfo.InvariantCulture);
}

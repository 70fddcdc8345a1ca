using System.Globalization;
using Spectre.Console;

namespace SaaS.Benchmarks.Crashes;

/// <summary>What became of the writes to all tenants.</summary>
/// <param name="Transport">What the events went over.</param>
/// <param name="Verdicts">One for each tenant.</param>
/// <param name="Kills">How often each kind of process was killed.</param>
/// <param name="Redeliveries">How often an event was handed to its consumer again.</param>
/// <param name="Took">From the first write to the last event.</param>
internal sealed record CrashReport(string Transport, IReadOnlyList<CrashVerdict> Verdicts, IReadOnlyDictionary<string, int> Kills, int Redeliveries, TimeSpan Took)
{
    internal bool IsClean => Verdicts.All(verdict => verdict.IsClean);

    internal static void Write(IAnsiConsole console, IReadOnlyList<CrashReport> reports)
    {
        var table = new Table().RoundedBorder().AddColumns(["", .. reports.Select(report => report.Transport)]);
        Row("writes acknowledged", report => Sum(report, verdict => verdict.Acknowledged));
        Row("writes committed", report => Sum(report, verdict => verdict.Committed));
        Row("kills", report => $"{report.Kills.Values.Sum()} ({string.Join(", ", report.Kills.OrderBy(kill => kill.Key).Select(kill => $"{kill.Key} {kill.Value}"))})");
        Row("redeliveries", report => $"{report.Redeliveries}");
        Row("writes lost", report => Sum(report, verdict => verdict.LostWrites));
        Row("events lost", report => Sum(report, verdict => verdict.LostEvents));
        Row("effects repeated", report => Sum(report, verdict => verdict.Repeated));
        Row("reorderings", report => Sum(report, verdict => verdict.Reordered));
        Row("took", report => string.Create(CultureInfo.InvariantCulture, $"{report.Took.TotalSeconds:0} s"));
        Row("", report => report.IsClean ? "nothing was lost" : "BROKEN");
        console.Write(table);

        void Row(string name, Func<CrashReport, string> value) => table.AddRow([new Text(name), .. reports.Select(report => new Text(value(report)))]);
    }

    private static string Sum(CrashReport report, Func<CrashVerdict, int> of) => report.Verdicts.Sum(of).ToString(CultureInfo.InvariantCulture);
}

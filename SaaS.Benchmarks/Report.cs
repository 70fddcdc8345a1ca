using System.Globalization;
using Spectre.Console;

namespace SaaS.Benchmarks;

/// <summary>The result table: the ratios, and the latency, CPU time and allocated memory of a request to the API under that load.</summary>
internal static class Report
{
    internal const int Width = 180;

    internal static void Write(IAnsiConsole console, IReadOnlyList<(Figure Figure, Measured Measured)> figures, string machine)
    {
        var table = new Table()
            .RoundedBorder()
            .AddColumns(
                "figure",
                "unit",
                "ours",
                "anchor",
                "ratio",
                "rounds",
                "others",
                "goal",
                "",
                "p50 ms",
                "p95 ms",
                "p99 ms",
                "µs CPU",
                "KiB"
            );
        foreach (var (figure, measured) in figures)
        {
            table.AddRow(
                new Text(figure.Name),
                new Text(figure.Unit),
                new Text(Number(measured.Ours)),
                new Text(Number(measured.Anchor)),
                new Text(Ratio(measured.Ratio)),
                new Text($"{Ratio(measured.Ratios.First())}..{Ratio(measured.Ratios.Last())}"),
                new Text(measured.Others.ToString("P0", CultureInfo.InvariantCulture)),
                new Text(figure.Goal?.Text ?? ""),
                Verdict(figure.Goal, measured),
                Latency(measured, 0.5),
                Latency(measured, 0.95),
                Latency(measured, 0.99),
                new Text(measured.Requests is { } costs ? Number(costs.ProcessorMicroseconds) : ""),
                new Text(measured.Requests is { } heap ? Number(heap.AllocatedKibibytes) : "")
            );
        }

        console.Write(table);
        console.Profile.Out.Writer.WriteLine(machine);
    }

    private static Text Latency(Measured measured, double share) =>
        new(measured.Requests is { } costs ? Number(Numbers.Percentile(costs.Took, share)) : "");

    private static Text Verdict(Goal? goal, Measured measured) =>
        goal is null ? new Text("stated")
        : goal.IsMetBy(measured) ? new Text("met", new Style(Color.Green))
        : new Text("missed", new Style(Color.Red));

    // More digits would only show noise.
    private static string Number(double value) => value.ToString(value < 100 ? "0.00" : "0", CultureInfo.InvariantCulture);

    private static string Ratio(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}

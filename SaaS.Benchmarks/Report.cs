using System.Globalization;
using Spectre.Console;

namespace SaaS.Benchmarks;

/// <summary>The table at the end.</summary>
internal static class Report
{
    internal static void Write(IAnsiConsole console, IReadOnlyList<(Figure Figure, Measured Measured)> figures, string machine)
    {
        var table = new Table().RoundedBorder().AddColumns("figure", "ours", "anchor", "ratio", "lowest..highest", "goal", "");
        foreach (var (figure, measured) in figures)
        {
            var met = figure.Goal.IsMetBy(measured.Ratio);
            table.AddRow(
                new Text(figure.Name),
                new Text($"{Number(measured.Ours)} {figure.Unit}"),
                new Text($"{Number(measured.Anchor)} {figure.Unit}"),
                new Text(Ratio(measured.Ratio)),
                new Text($"{Ratio(measured.Spread.Lowest)}..{Ratio(measured.Spread.Highest)}"),
                new Text($"{figure.Goal.Sign} {figure.Goal.Ratio.ToString(CultureInfo.InvariantCulture)}"),
                new Text(met ? "met" : "missed", new Style(met ? Color.Green : Color.Red)));
        }

        console.Write(table);
        console.Profile.Out.Writer.WriteLine(machine);
    }

    // Three digits say more than the noise lets one know.
    private static string Number(double value) => value.ToString(value < 100 ? "0.00" : "0", CultureInfo.InvariantCulture);

    private static string Ratio(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}

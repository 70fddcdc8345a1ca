namespace SaaS.Core.Operations.JobsPage;

/// <summary>The duration at the top of a chart: the next round one above the longest run.</summary>
internal sealed record ChartScale(TimeSpan Max, string Label)
{
    private static readonly ChartScale[] All =
    [
        .. Round("ms", TimeSpan.FromMilliseconds(1), 1, 2, 5, 10, 20, 50, 100, 200, 500),
        .. Round("s", TimeSpan.FromSeconds(1), 1, 2, 5, 10, 20, 30),
        .. Round("min", TimeSpan.FromMinutes(1), 1, 2, 5, 10, 20, 30),
        .. Round("h", TimeSpan.FromHours(1), 1, 2, 5, 10, 24),
    ];

    public static ChartScale For(TimeSpan longest) =>
        All.FirstOrDefault(scale => scale.Max >= longest)
        ?? Round("h", TimeSpan.FromHours(1), (int)Math.Ceiling(longest.TotalHours)).Single();

    private static IEnumerable<ChartScale> Round(string unit, TimeSpan one, params int[] counts) =>
        counts.Select(count => new ChartScale(count * one, $"{count} {unit}"));
}

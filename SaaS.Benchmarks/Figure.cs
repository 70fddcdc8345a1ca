using System.Globalization;

namespace SaaS.Benchmarks;

/// <summary>A figure of docs/PERFORMANCE.md: a ratio to a baseline (the anchor), so that it is comparable between machines.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Sentence">The description: dividend ÷ divisor.</param>
/// <param name="Unit">The unit of both values.</param>
/// <param name="Goal">The goal; null when the figure is only stated.</param>
/// <param name="MeasureAsync">Measures the figure on a dedicated system.</param>
internal sealed record Figure(
    string Name,
    string Sentence,
    string Unit,
    Goal? Goal,
    Func<SystemUnderMeasurement, CancellationToken, Task<Measured>> MeasureAsync
);

/// <summary>The goal of a figure.</summary>
internal sealed record Goal(string Text, Func<Measured, bool> IsMetBy)
{
    internal static Goal AtLeast(double ratio) =>
        new(string.Create(CultureInfo.InvariantCulture, $"≥ {ratio}"), measured => measured.Ratio >= ratio);

    internal static Goal AtMost(double ratio) =>
        new(string.Create(CultureInfo.InvariantCulture, $"≤ {ratio}"), measured => measured.Ratio <= ratio);

    /// <summary>A goal for the absolute value, for times that users notice.</summary>
    internal static Goal OursBelow(double value, string unit) =>
        new(string.Create(CultureInfo.InvariantCulture, $"< {value} {unit}"), measured => measured.Ours < value);
}

/// <summary>A measurement of ours and of the anchor, one after the other.</summary>
/// <param name="Others">The share of CPU time that other programs used.</param>
/// <param name="Requests">The cost of the requests to the API; null without requests.</param>
internal sealed record Round(double Ours, double Anchor, double Others, RequestCosts? Requests = null);

/// <summary>The result of a figure: the medians of its rounds.</summary>
internal sealed record Measured(IReadOnlyList<Round> Rounds)
{
    internal double Ours => Numbers.Median(Rounds.Select(round => round.Ours));

    internal double Anchor => Numbers.Median(Rounds.Select(round => round.Anchor));

    internal double Ratio => Ours / Anchor;

    /// <summary>The ratios of the rounds in ascending order, which show the variance.</summary>
    internal IEnumerable<double> Ratios => Rounds.Select(round => round.Ours / round.Anchor).Order();

    /// <summary>The cost of requests to the API; null without requests.</summary>
    internal RequestCosts? Requests => RequestCosts.Total(Rounds.Select(round => round.Requests).OfType<RequestCosts>());

    /// <summary>The highest share of CPU time that other programs used in a round.</summary>
    internal double Others => Rounds.Max(round => round.Others);
}

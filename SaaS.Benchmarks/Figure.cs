using System.Globalization;

namespace SaaS.Benchmarks;

/// <summary>One line of docs/PERFORMANCE.md: a ratio of ours to an anchor, so that it says the same on every machine.</summary>
/// <param name="Name">What the command line calls it.</param>
/// <param name="Sentence">What is divided by what.</param>
/// <param name="Unit">Of both sides.</param>
/// <param name="Goal">Null for what is only stated.</param>
/// <param name="MeasureAsync">Measures on a system that nobody else uses.</param>
internal sealed record Figure(string Name, string Sentence, string Unit, Goal? Goal, Func<SystemUnderMeasurement, CancellationToken, Task<Measured>> MeasureAsync);

/// <summary>What should come out.</summary>
internal sealed record Goal(string Text, Func<Measured, bool> IsMetBy)
{
    internal static Goal AtLeast(double ratio) => new(string.Create(CultureInfo.InvariantCulture, $"≥ {ratio}"), measured => measured.Ratio >= ratio);

    internal static Goal AtMost(double ratio) => new(string.Create(CultureInfo.InvariantCulture, $"≤ {ratio}"), measured => measured.Ratio <= ratio);

    /// <summary>For what people feel, whatever it is compared with.</summary>
    internal static Goal OursBelow(double value, string unit) => new(string.Create(CultureInfo.InvariantCulture, $"< {value} {unit}"), measured => measured.Ours < value);
}

/// <summary>One time ours and one time the anchor, one after the other.</summary>
/// <param name="Others">The share of the machine that somebody else had meanwhile.</param>
/// <param name="Requests">What ours asked of the API; null where it asked nothing.</param>
internal sealed record Round(double Ours, double Anchor, double Others, RequestCosts? Requests = null);

/// <summary>What came out: medians of the rounds.</summary>
internal sealed record Measured(IReadOnlyList<Round> Rounds)
{
    internal double Ours => Numbers.Median(Rounds.Select(round => round.Ours));

    internal double Anchor => Numbers.Median(Rounds.Select(round => round.Anchor));

    internal double Ratio => Ours / Anchor;

    /// <summary>The ratios of the single rounds, from the lowest: how far to trust the medians.</summary>
    internal IEnumerable<double> Ratios => Rounds.Select(round => round.Ours / round.Anchor).Order();

    /// <summary>What a request to the API costs; null where none was made.</summary>
    internal RequestCosts? Requests => RequestCosts.OfAll(Rounds.Select(round => round.Requests).OfType<RequestCosts>());

    /// <summary>In the worst of the rounds.</summary>
    internal double Others => Rounds.Max(round => round.Others);
}

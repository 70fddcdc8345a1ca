namespace SaaS.Benchmarks;

/// <summary>One line of docs/PERFORMANCE.md: a ratio of ours to an anchor, so that it says the same on every machine.</summary>
/// <param name="Name">What the command line calls it.</param>
/// <param name="Sentence">What is divided by what.</param>
/// <param name="Unit">Of both sides.</param>
/// <param name="MeasureAsync">Measures on a system that nobody else uses.</param>
internal sealed record Figure(string Name, string Sentence, string Unit, Goal Goal, Func<SystemUnderMeasurement, CancellationToken, Task<Measured>> MeasureAsync);

/// <summary>What the ratio should be.</summary>
internal sealed record Goal(string Sign, double Ratio, Func<double, bool> IsMetBy)
{
    internal static Goal AtLeast(double ratio) => new("≥", ratio, measured => measured >= ratio);

    internal static Goal AtMost(double ratio) => new("≤", ratio, measured => measured <= ratio);
}

/// <summary>What came out, round by round; ours and the anchor's values of one round were taken one after the other.</summary>
internal sealed record Measured(IReadOnlyList<double> OurRounds, IReadOnlyList<double> AnchorRounds)
{
    internal double Ours => Numbers.Median(OurRounds);

    internal double Anchor => Numbers.Median(AnchorRounds);

    internal double Ratio => Ours / Anchor;

    /// <summary>The lowest and the highest ratio of a single round: how far to trust the medians.</summary>
    internal (double Lowest, double Highest) Spread
    {
        get
        {
            var ratios = OurRounds.Zip(AnchorRounds, (ours, anchor) => ours / anchor).ToList();
            return (ratios.Min(), ratios.Max());
        }
    }
}

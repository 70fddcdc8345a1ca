namespace SaaS.Benchmarks;

/// <summary>Calculates statistics.</summary>
internal static class Numbers
{
    internal static double Median(IEnumerable<double> values) => Percentile(values, 0.5);

    /// <summary>Returns a percentile, interpolated between the two nearest values.</summary>
    internal static double Percentile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToList();
        var place = share * (sorted.Count - 1);
        var (below, above) = (sorted[(int)Math.Floor(place)], sorted[(int)Math.Ceiling(place)]);
        return below + ((above - below) * (place - Math.Floor(place)));
    }
}

namespace SaaS.Benchmarks.Crashes;

/// <summary>What became of the writes to one tenant.</summary>
/// <param name="Acknowledged">How many were answered with success.</param>
/// <param name="Committed">How many happened, answered or not.</param>
/// <param name="LostWrites">Acknowledged, and not there.</param>
/// <param name="LostEvents">There, and nothing followed.</param>
/// <param name="Repeated">Effects beyond the first of a write, and those of no write.</param>
/// <param name="Reordered">Effects after that of a later write.</param>
internal sealed record CrashVerdict(int Acknowledged, int Committed, int LostWrites, int LostEvents, int Repeated, int Reordered)
{
    internal bool IsClean => this is { LostWrites: 0, LostEvents: 0, Repeated: 0, Reordered: 0 };

    /// <param name="acknowledged">The numbers of the writes, which were made one after the other.</param>
    /// <param name="audit">In the order in which it was written.</param>
    internal static CrashVerdict Of(IReadOnlyCollection<long> acknowledged, IReadOnlyList<CrashAudit> audit)
    {
        var committed = audit.Where(entry => !entry.IsEffect).Select(entry => entry.Number).ToHashSet();
        var effects = audit.Where(entry => entry.IsEffect).Select(entry => entry.Number).ToList();
        var (latest, reordered) = (0L, 0);
        foreach (var number in effects.Distinct())
        {
            reordered += number < latest ? 1 : 0;
            latest = Math.Max(latest, number);
        }

        return new CrashVerdict(
            acknowledged.Count,
            committed.Count,
            LostWrites: acknowledged.Count(number => !committed.Contains(number)),
            LostEvents: committed.Except(effects).Count(),
            Repeated: effects.Count - committed.Intersect(effects).Count(),
            reordered);
    }
}

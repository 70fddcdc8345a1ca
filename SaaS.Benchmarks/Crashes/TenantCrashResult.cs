namespace SaaS.Benchmarks.Crashes;

/// <summary>The result of a crash test for one tenant.</summary>
/// <param name="Acknowledged">The number of writes with a success response.</param>
/// <param name="Committed">The number of committed writes, acknowledged or not.</param>
/// <param name="LostWrites">The number of writes that were acknowledged but not committed.</param>
/// <param name="LostEvents">The number of committed writes without an effect.</param>
/// <param name="Repeated">The number of duplicate effects, and of effects without a write.</param>
/// <param name="Reordered">The number of effects after the effect of a later write.</param>
internal sealed record TenantCrashResult(int Acknowledged, int Committed, int LostWrites, int LostEvents, int Repeated, int Reordered)
{
    internal bool IsClean => this is { LostWrites: 0, LostEvents: 0, Repeated: 0, Reordered: 0 };

    /// <param name="acknowledged">The numbers of the acknowledged writes, which were sequential.</param>
    /// <param name="audit">The audit entries in commit order.</param>
    internal static TenantCrashResult From(IReadOnlyCollection<long> acknowledged, IReadOnlyList<CrashAudit> audit)
    {
        var committed = audit.Where(entry => !entry.IsEffect).Select(entry => entry.Number).ToHashSet();
        var effects = audit.Where(entry => entry.IsEffect).Select(entry => entry.Number).ToList();
        var (latest, reordered) = (0L, 0);
        foreach (var number in effects.Distinct())
        {
            reordered += number < latest ? 1 : 0;
            latest = Math.Max(latest, number);
        }

        return new TenantCrashResult(
            acknowledged.Count,
            committed.Count,
            LostWrites: acknowledged.Count(number => !committed.Contains(number)),
            LostEvents: committed.Except(effects).Count(),
            Repeated: effects.Count - committed.Intersect(effects).Count(),
            reordered
        );
    }
}

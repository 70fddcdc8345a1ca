using System.Globalization;

namespace SaaS.Benchmarks;

/// <summary>
/// Measures ours and the anchor in turns, because the speed of a shared machine varies over time. A round during which other programs
/// used the machine is repeated; when all rounds are disturbed, the least disturbed count.
/// </summary>
internal static class Rounds
{
    private const int Wanted = 5;
    private const int MaxRetries = 3;
    private const double Quiet = 0.1;

    internal static async Task<Measured> InterleaveAsync(
        Func<CancellationToken, Task<double>> ours,
        Func<CancellationToken, Task<double>> anchor,
        SystemUnderMeasurement system,
        CancellationToken ct,
        int wanted = Wanted
    )
    {
        List<Round> rounds = [];
        await anchor(ct); // the first round is a warm-up
        await ours(ct);
        while (rounds.Count < wanted * MaxRetries && rounds.Count(round => round.Others <= Quiet) < wanted)
        {
            var before = CpuUsage.Read();
            var anchored = await anchor(ct);
            var own = 0.0;
            var requests = await system.Requests.MeasureAsync(async () => own = await ours(ct), ct);
            rounds.Add(new Round(own, anchored, before is null ? 0 : CpuUsage.Read()!.OthersSince(before), requests));
            await system.Progress.WriteLineAsync(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"  ours {own:0.##}, anchor {anchored:0.##}, used by others {rounds[^1].Others:P0}"
                )
            );
        }

        return new Measured([.. rounds.OrderBy(round => round.Others).Take(wanted)]);
    }
}

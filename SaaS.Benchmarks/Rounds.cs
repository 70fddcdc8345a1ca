using System.Globalization;

namespace SaaS.Benchmarks;

/// <summary>Ours and the anchor in turns, because a shared machine is not equally fast from one minute to the next.</summary>
internal static class Rounds
{
    private const int Count = 5;

    internal static async Task<Measured> InterleaveAsync(Func<CancellationToken, Task<double>> ours, Func<CancellationToken, Task<double>> anchor, TextWriter progress, CancellationToken ct)
    {
        List<double> ourRounds = [];
        List<double> anchorRounds = [];
        for (var round = 1; round <= Count; round++)
        {
            anchorRounds.Add(await anchor(ct));
            ourRounds.Add(await ours(ct));
            await progress.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  round {round} of {Count}: ours {ourRounds[^1]:0.##}, anchor {anchorRounds[^1]:0.##}"));
        }

        return new Measured(ourRounds, anchorRounds);
    }
}

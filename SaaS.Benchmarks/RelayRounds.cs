using System.Diagnostics;

namespace SaaS.Benchmarks;

/// <summary>Measures the relay and a baseline in turns, each on filled outboxes.</summary>
internal static class RelayRounds
{
    private const int WarmUps = 20; // until tiered compilation has finished, which takes longer than a round

    /// <summary>Measures events per second, until the outboxes are empty.</summary>
    /// <param name="settings">Additional settings of the relay.</param>
    /// <param name="anchor">One round of the baseline.</param>
    internal static async Task<Measured> MeasureAsync(
        SystemUnderMeasurement system,
        Dictionary<string, string?> settings,
        Func<FilledOutboxes, Task<double>> anchor,
        CancellationToken ct
    )
    {
        using var http = system.NewClient();
        await using var outboxes = await FilledOutboxes.StartAsync(http, system, ct);
        await using var relay = await system.StartRoleAsync(RelayAlone.Role, settings, ct);
        await outboxes.WaitUntilEmptyAsync(ct); // events of the tenant creation

        for (var i = 0; i < WarmUps; i++)
        {
            await RelayAsync();
            await AnchorAsync();
        }

        return await Rounds.InterleaveAsync(ours: _ => RelayAsync(), anchor: _ => AnchorAsync(), system, ct);

        async Task<double> RelayAsync()
        {
            await outboxes.FillAsync(ct);
            var began = Stopwatch.GetTimestamp();
            await outboxes.NotifyAsync(ct);
            await outboxes.WaitUntilEmptyAsync(ct);
            return FilledOutboxes.Events / Stopwatch.GetElapsedTime(began).TotalSeconds;
        }

        Task<double> AnchorAsync() => Task.Run(() => anchor(outboxes), ct);
    }
}

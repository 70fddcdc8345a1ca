using System.Diagnostics;

namespace SaaS.Benchmarks;

/// <summary>The relay and something else in turns, over outboxes that are filled before each.</summary>
internal static class RelayRounds
{
    private const int WarmUps = 20; // until the code behind it is compiled for good, which is longer than a round takes

    /// <summary>Measures events per second, until the outboxes are empty.</summary>
    /// <param name="settings">What the relay is told beside the usual.</param>
    /// <param name="anchor">One round of the other.</param>
    internal static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, Dictionary<string, string?> settings, Func<FilledOutboxes, Task<double>> anchor, CancellationToken ct)
    {
        using var http = system.NewClient();
        await using var outboxes = await FilledOutboxes.StartAsync(http, system, ct);
        await using var relay = await system.StartRoleAsync(RelayAlone.Role, settings, ct);
        await outboxes.WaitUntilEmptyAsync(ct); // of how the tenants were made

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
            await outboxes.SignalAsync(ct);
            await outboxes.WaitUntilEmptyAsync(ct);
            return FilledOutboxes.Events / Stopwatch.GetElapsedTime(began).TotalSeconds;
        }

        Task<double> AnchorAsync() => Task.Run(() => anchor(outboxes), ct);
    }
}

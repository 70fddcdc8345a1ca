namespace SaaS.Benchmarks;

/// <summary>The latency of the readiness check with many tenants.</summary>
internal static class Readiness
{
    private const int Count = 1_000;
    private const int PerRound = 300;

    internal static readonly Figure Figure = new(
        "readiness",
        $"p50 of GET /health/ready with {Count} tenants ÷ with one, on a system beside",
        "ms",
        Goal.AtMost(1.2),
        MeasureAsync
    );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        await using var small = await system.StartAnotherAsync(ct);
        await (await Tenants.StartAsync(http, small, ct)).CreateAsync(ct);
        await (await Tenants.StartAsync(http, system, ct)).CreateAsync(Count, ct);

        return await Rounds.InterleaveAsync(ours: _ => AskAsync(system), anchor: _ => AskAsync(small), system, ct);

        async Task<double> AskAsync(SystemUnderMeasurement asked) =>
            Numbers.Median(await Load.OneByOneAsync(http, _ => new(HttpMethod.Get, new Uri(asked.Api, "/health/ready")), PerRound, ct));
    }
}

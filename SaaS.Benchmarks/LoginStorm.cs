namespace SaaS.Benchmarks;

/// <summary>The slowdown of authenticated requests while more users sign in than the machine can handle.</summary>
internal static class LoginStorm
{
    private const int Clients = 16;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);

    internal static readonly Figure Figure = new(
        "login-storm",
        "p95 of GET /api/users/me during a storm of sign-ins ÷ p95 without",
        "ms",
        Goal.AtMost(2),
        MeasureAsync
    );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        var accounts = await Account.RegisterAsync(Clients, http, system.Api, ct);
        var me = await accounts[0].SignInAsync(http, ct);
        await Load.WarmUpAsync(http, Clients, AskForMe, ct);

        return await Rounds.InterleaveAsync(ours: _ => StormAsync(P95Async), anchor: P95Async, system, ct);

        HttpRequestMessage AskForMe() => new(HttpMethod.Get, new Uri(system.Api, "/api/users/me")) { Headers = { Authorization = me } };

        async Task<double> P95Async(CancellationToken token) =>
            Numbers.Percentile(await Load.LatenciesAsync(http, AskForMe, Interval, Duration, token), 0.95);

        async Task<T> StormAsync<T>(Func<CancellationToken, Task<T>> meanwhile)
        {
            var storm = Load.ThroughputAsync(http, Clients, client => accounts[client].CreateSignInRequest(), Duration, ct);
            var measured = await meanwhile(ct);
            await storm;
            return measured;
        }
    }
}

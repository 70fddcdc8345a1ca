namespace SaaS.Benchmarks;

/// <summary>The cost of an authenticated request that reads one row, compared with a minimal API.</summary>
internal static class AuthenticatedRequest
{
    private const int Clients = 16;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(2);

    internal static readonly Figure Figure = new(
        "authenticated-request",
        "GET /api/users/me ÷ a bare endpoint with the same token, row and JSON",
        "requests/s",
        Goal.AtLeast(0.6),
        MeasureAsync
    );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        await using var bare = await system.StartRoleAsync(BareEndpoint.Role, [], ct);
        var bareAddress = new Uri(bare.Address);
        using var http = system.NewClient();
        var account = await Account.RegisterAsync(http, system.Api, ct);
        var token = await account.SignInAsync(http, ct);
        await Load.WarmUpAsync(http, Clients, () => AskForMe(bareAddress), ct);
        await Load.WarmUpAsync(http, Clients, () => AskForMe(system.Api), ct);

        return await Rounds.InterleaveAsync(
            ours: it => Load.ThroughputAsync(http, Clients, _ => AskForMe(system.Api), Duration, it),
            anchor: it => Load.ThroughputAsync(http, Clients, _ => AskForMe(bareAddress), Duration, it),
            system,
            ct
        );

        HttpRequestMessage AskForMe(Uri api) =>
            new(HttpMethod.Get, new Uri(api, BareEndpoint.Route)) { Headers = { Authorization = token } };
    }
}

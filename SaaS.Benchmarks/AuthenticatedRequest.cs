namespace SaaS.Benchmarks;

/// <summary>What the whole product costs around one row of a table, against the least that could be called an API.</summary>
internal static class AuthenticatedRequest
{
    private const int Clients = 16;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);

    internal static readonly Figure Figure = new(
        "authenticated-request",
        "GET /api/users/me ÷ a bare endpoint with the same token, row and JSON",
        "requests/s",
        Goal.AtLeast(0.6),
        MeasureAsync);

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        await using var bare = await BareEndpointProcess.StartAsync(system, ct);
        using var http = Load.NewClient();
        var account = await Account.RegisterAsync(http, system.Api, ct);
        var token = await account.SignInAsync(http, ct);
        await ThroughputAsync(bare.Address, WarmUp, ct);
        await ThroughputAsync(system.Api, WarmUp, ct);

        return await Rounds.InterleaveAsync(
            ours: it => ThroughputAsync(system.Api, Duration, it),
            anchor: it => ThroughputAsync(bare.Address, Duration, it),
            system.Progress,
            ct);

        Task<double> ThroughputAsync(Uri api, TimeSpan duration, CancellationToken it)
        {
            var address = new Uri(api, BareEndpoint.Route);
            return Load.ThroughputAsync(http, Clients, _ => new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Authorization = token } }, duration, it);
        }
    }
}

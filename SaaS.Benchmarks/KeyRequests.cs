using System.Net.Http.Headers;

namespace SaaS.Benchmarks;

/// <summary>The cost of a request that an API key authenticates, compared with the same request by access token.</summary>
internal static class KeyRequests
{
    private const int Clients = 16;
    private const int ManyKeys = 100_000;
    private const int PerRound = 500;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(2);

    internal static readonly Figure Throughput = new(
        "authenticated-request-by-key",
        "GET a page of an empty list of documents by API key ÷ by access token",
        "requests/s",
        Goal.AtLeast(0.9),
        MeasureThroughputAsync
    );

    internal static readonly Figure OfMany = new(
        "many-api-keys",
        "p95 of the same with a random one of 100,000 API keys of a tenant ÷ by access token",
        "ms",
        Goal.AtMost(1.1),
        MeasureManyAsync
    );

    private static async Task<Measured> MeasureThroughputAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        var (tenants, tenant, keys) = await StartAsync(system, http, keys: 1, ct);
        await Load.WarmUpAsync(http, Clients, () => ByToken(system, tenants, tenant), ct);
        await Load.WarmUpAsync(http, Clients, () => ByKey(system, tenants, tenant, keys[0]), ct);
        return await Rounds.InterleaveAsync(
            ours: it => Load.ThroughputAsync(http, Clients, _ => ByKey(system, tenants, tenant, keys[0]), Duration, it),
            anchor: it => Load.ThroughputAsync(http, Clients, _ => ByToken(system, tenants, tenant), Duration, it),
            system,
            ct
        );
    }

    private static async Task<Measured> MeasureManyAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        var (tenants, tenant, keys) = await StartAsync(system, http, ManyKeys, ct);
        var random = new Random(1);
        await Load.WarmUpAsync(http, Clients, () => ByToken(system, tenants, tenant), ct);
        await Load.WarmUpAsync(http, Clients, () => ByKey(system, tenants, tenant, keys[0]), ct);
        return await Rounds.InterleaveAsync(
            ours: it => P95Async(() => ByKey(system, tenants, tenant, keys[random.Next(keys.Count)]), it),
            anchor: it => P95Async(() => ByToken(system, tenants, tenant), it),
            system,
            ct
        );

        async Task<double> P95Async(Func<HttpRequestMessage> request, CancellationToken it) =>
            Numbers.Percentile(await Load.OneByOneAsync(http, _ => request(), PerRound, it), 0.95);
    }

    private static async Task<(Tenants Tenants, Guid Tenant, IReadOnlyList<string> Keys)> StartAsync(
        SystemUnderMeasurement system,
        HttpClient http,
        int keys,
        CancellationToken ct
    )
    {
        var tenants = await Tenants.StartAsync(http, system, ct);
        var tenant = await tenants.CreateAsync(ct);
        return (tenants, tenant, await GeneratedKeys.FillAsync(system, tenant, keys, ct));
    }

    private static HttpRequestMessage ByToken(SystemUnderMeasurement system, Tenants tenants, Guid tenant) =>
        tenants.CreateListRequest(system.Api, tenant);

    private static HttpRequestMessage ByKey(SystemUnderMeasurement system, Tenants tenants, Guid tenant, string key)
    {
        var request = tenants.CreateListRequest(system.Api, tenant);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return request;
    }
}

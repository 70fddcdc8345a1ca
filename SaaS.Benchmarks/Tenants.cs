using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace SaaS.Benchmarks;

/// <summary>A user with tenants, created over HTTP.</summary>
internal sealed class Tenants
{
    private const int SideBySide = 4;

    private readonly HttpClient _http;
    private readonly Uri _api;

    private Tenants(HttpClient http, Uri api, AuthenticationHeaderValue owner) => (_http, _api, Owner) = (http, api, owner);

    internal AuthenticationHeaderValue Owner { get; }

    internal static async Task<Tenants> StartAsync(HttpClient http, SystemUnderMeasurement system, CancellationToken ct)
    {
        var account = await Account.RegisterAsync(http, system.Api, ct);
        return await StartAsync(http, system, account, ct);
    }

    internal static async Task<Tenants> StartAsync(HttpClient http, SystemUnderMeasurement system, Account account, CancellationToken ct) =>
        new(http, system.Api, await account.SignInAsync(http, ct));

    internal async Task<Guid> CreateAsync(CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_api, "/api/tenants"))
        {
            Headers = { Authorization = Owner },
            Content = JsonContent.Create(new { name = "Motor works" }),
        };
        using var answer = await _http.SendAsync(request, ct);
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(ct))
            .GetProperty("data")
            .GetProperty("id")
            .GetGuid();
    }

    internal async Task<IReadOnlyList<Guid>> CreateAsync(int count, CancellationToken ct)
    {
        var made = new Guid[count];
        await Parallel.ForAsync(
            0,
            count,
            new ParallelOptions { MaxDegreeOfParallelism = SideBySide, CancellationToken = ct },
            async (i, token) => made[i] = await CreateAsync(token)
        );
        return made;
    }

    /// <summary>Creates a request for a page of a tenant's documents.</summary>
    internal HttpRequestMessage CreateListRequest(Uri api, Guid tenant) =>
        new(HttpMethod.Get, new Uri(api, $"/api/tenants/{tenant}/documents")) { Headers = { Authorization = Owner } };
}

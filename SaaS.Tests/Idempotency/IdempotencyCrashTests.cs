using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Idempotency;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Idempotency;

/// <summary>
/// Kills the API (kill -9) while it processes a request with an idempotency key, and repeats the request. To stop it exactly there, the
/// test locks the table that is written next.
/// </summary>
public sealed class IdempotencyCrashTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    [Theory]
    [InlineData("tenants", false)] // nothing is committed: the retry is processed as the first request
    [InlineData("idempotency_records", false)] // the tenant is written, its response is not
    [InlineData("pg_authid", true)] // the tenant and the response are committed: the response is replayed
    public async Task Retrying_an_interrupted_request_has_one_effect(string table, bool isReplayed)
    {
        var (email, token) = await KillAtAsync("saas_platform", table, "/api/tenants", () => JsonContent.Create(new { name = "Once" }));
        await using var api = cluster.NewApi(TimeProvider.System);
        api.Start();
        using var repeated = await RepeatAsync(api, token, "/api/tenants", () => JsonContent.Create(new { name = "Once" }));

        var tenantId = (await repeated.ReadDataAsync(HttpStatusCode.Created)).IdOf();
        Assert.Equal(isReplayed, repeated.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal(
            $"{tenantId}",
            await cluster.ReadAsync(
                "saas_platform",
                $"SELECT string_agg(t.id::text, ',') FROM tenants t JOIN users u ON u.id = t.created_by WHERE u.email = '{email}'"
            )
        );

        using var client = api.NewClient(token);
        using var documents = await client.GetAsync($"/api/tenants/{tenantId}/documents");
        Assert.Equal(HttpStatusCode.OK, documents.StatusCode);
    }

    [Theory]
    [InlineData("idempotency_records")]
    [InlineData("content_usage")] // all rows are written but not committed
    public async Task Retrying_an_interrupted_upload_creates_one_document(string table)
    {
        var tenant = await CreateTenantAsync();
        await KillAtAsync(tenant.Database, table, $"/api/tenants/{tenant.Id}/documents", Form, tenant.Token);
        await using var api = cluster.NewApi(TimeProvider.System);
        api.Start();
        using var first = await RepeatAsync(api, tenant.Token, $"/api/tenants/{tenant.Id}/documents", Form);
        using var second = await RepeatAsync(api, tenant.Token, $"/api/tenants/{tenant.Id}/documents", Form);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.StatusCode, second.StatusCode));
        Assert.Equal((false, true), (first.Headers.Contains("Idempotency-Replayed"), second.Headers.Contains("Idempotency-Replayed")));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        Assert.Equal("1", await cluster.ReadAsync(tenant.Database, "SELECT count(*) FROM documents"));

        static HttpContent Form() => TestTenant.FormOf("cut off"u8.ToArray());
    }

    [Fact]
    public async Task Idempotency_records_are_purged_after_a_day()
    {
        var tenant = await CreateTenantAsync();
        var path = $"/api/tenants/{tenant.Id}/documents";
        await using (var api = cluster.NewApi(TimeProvider.System))
        {
            api.Start();
            using var tenants = await RepeatAsync(api, tenant.Token, "/api/tenants", () => JsonContent.Create(new { name = "Kept" }));
            using var first = await RepeatAsync(api, tenant.Token, path, () => TestTenant.FormOf("first"u8.ToArray()));
            Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (tenants.StatusCode, first.StatusCode));
        }

        await using var later = cluster.NewApi(new ShiftedClock { Ahead = TimeSpan.FromHours(24) + TimeSpan.FromMinutes(1) });
        later.Start();
        await using var scope = later.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<PurgeIdempotencyRecordsJob>().RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            ("0", "0"),
            (
                await cluster.ReadAsync("saas_platform", "SELECT count(*) FROM idempotency_records"),
                await cluster.ReadAsync(tenant.Database, "SELECT count(*) FROM idempotency_records")
            )
        );
    }

    // Sends the request with an idempotency key to a separate API process, and kills it right before it writes the table.
    private async Task<(string Email, string Token)> KillAtAsync(
        string database,
        string table,
        string path,
        Func<HttpContent> body,
        string? token = null
    )
    {
        using var api = await cluster.StartApiProcessAsync();
        var (email, signedIn) = token is null ? await SignInAsync(api) : ("", token);
        api.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", signedIn);
        await using var stop = await cluster.OpenAsync(database);
        await OwnCluster.ExecuteAsync(stop, $"BEGIN; LOCK TABLE {table} IN SHARE MODE"); // readers continue; writers wait
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = body(),
            Headers = { { IdempotentRoutes.Header, "cut-off" } },
        };
        var asking = api.Http.SendAsync(request);
        await IsWaitingAsync(stop);
        api.Kill();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => asking);
        return (email, signedIn);
    }

    // The killed process's database sessions hold the key until the server notices that they are disconnected.
    private static async Task<HttpResponseMessage> RepeatAsync(ApiUnderTest api, string token, string path, Func<HttpContent> body)
    {
        using var client = api.NewClient(token);
        HttpResponseMessage? answer = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                answer?.Dispose();
                using var request = new HttpRequestMessage(HttpMethod.Post, path)
                {
                    Content = body(),
                    Headers = { { IdempotentRoutes.Header, "cut-off" } },
                };
                answer = await client.SendAsync(request);
                return answer.StatusCode is not HttpStatusCode.Conflict;
            },
            "the key stays with who was killed"
        );
        return answer!;
    }

    private static async Task<(string Email, string Token)> SignInAsync(ProcessUnderTest api)
    {
        var person = new
        {
            first_name = "Ada",
            last_name = "Lovelace",
            email = TestUser.NewEmail(),
            password = TestUser.Password,
        };
        using var registered = await api.Http.PostAsJsonAsync("/api/auth/register", person);
        using var signedIn = await api.Http.PostAsJsonAsync("/api/auth/login", new { person.email, person.password });
        return (person.email, (await signedIn.ReadAsync(HttpStatusCode.OK)).GetProperty("access_token").GetString()!);
    }

    private async Task<(Guid Id, string Database, string Token)> CreateTenantAsync()
    {
        await using var api = cluster.NewApi(TimeProvider.System);
        api.Start();
        var user = await TestUser.RegisterAsync(api);
        using var created = await user.Http.PostAsJsonAsync("/api/tenants", new { name = "Crash" });
        var tenant = await created.ReadDataAsync(HttpStatusCode.Created);
        return (tenant.IdOf(), tenant.GetProperty("database_name").GetString()!, user.AccessToken);
    }

    private Task IsWaitingAsync(NpgsqlConnection stop) =>
        Eventually.HoldsAsync(
            async () =>
                await cluster.ReadAsync(
                    "saas_platform",
                    $"SELECT count(*) FROM pg_stat_activity WHERE (application_name IN ('provisioning', 'SaaS.Api') OR datname LIKE 'tenant%') AND {stop.ProcessID} = ANY (pg_blocking_pids(pid))"
                ) != "0",
            "the API does not come to this step"
        );
}

using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Documents;
using SaaS.LocalServices;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.RateLimiting;

/// <summary>Tests rate limits. Each test has its own limits or users, because a bucket is keyed by both.</summary>
public sealed class RateLimitTests(SaaSApp app)
{
    private const string Hour = "01:00:00"; // no permit is replenished while a test runs

    [Fact]
    public async Task Four_replicas_enforce_the_limit_exactly_under_concurrent_load()
    {
        const int Permits = 137;
        var user = await TestUser.RegisterAsync(app);
        var replicas = Enumerable.Range(0, 4).Select(_ => app.StartApi(Limit("User", Permits))).ToList();
        var clients = replicas.ConvertAll(replica => replica.NewClient(user.AccessToken));

        var statuses = await Task.WhenAll(
            Enumerable
                .Range(0, 1_000)
                .Select(async turn =>
                {
                    using var answer = await clients[turn % clients.Count].GetAsync("/api/users/me");
                    return answer.StatusCode;
                })
        );
        Assert.Equal(
            (Permits, 1_000 - Permits),
            (statuses.Count(status => status is HttpStatusCode.OK), statuses.Count(status => status is HttpStatusCode.TooManyRequests))
        );
        foreach (var replica in replicas)
        {
            await replica.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_slow_client_gets_the_whole_limit_despite_prefetched_permits()
    {
        const int Permits = 60;
        var user = await TestUser.RegisterAsync(app);
        var clock = new ShiftedClock();
        await using var api = app.StartApi(Limit("User", Permits), clock);
        using var client = api.NewClient(user.AccessToken);
        for (var turn = 1; turn <= Permits; turn++)
        {
            clock.Ahead += TimeSpan.FromSeconds(1);
            using var answer = await client.GetAsync("/api/users/me");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.StartsWith(
                $"\"user\";r={Permits - turn};t=",
                Assert.Single(answer.Headers.GetValues("RateLimit")),
                StringComparison.Ordinal
            );
        }

        using var refused = await client.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
    }

    [Fact]
    public async Task Unused_prefetched_permits_are_returned_to_other_replicas()
    {
        const int Permits = 200;
        var user = await TestUser.RegisterAsync(app);
        var settings = Limit("User", Permits);
        settings["RateLimits:User:Period"] = "1.00:00:00"; // a replenished permit would be mistaken for a returned one
        await using var one = app.StartApi(settings);
        await using var other = app.StartApi(settings);
        using var quick = one.NewClient(user.AccessToken);
        using var patient = other.NewClient(user.AccessToken);
        var answered = 0;
        for (; answered < 50; answered++)
        {
            using var answer = await quick.GetAsync("/api/users/me"); // fast enough to have prefetched permits
            Assert.StartsWith(
                $"\"user\";r={Permits - answered - 1};t=",
                Assert.Single(answer.Headers.GetValues("RateLimit")),
                StringComparison.Ordinal
            );
        }

        await Eventually.HoldsAsync(
            async () =>
            {
                while (await AskAsync(patient) is HttpStatusCode.OK)
                {
                    answered++;
                }

                return answered == Permits;
            },
            "some of the limit is lost"
        );
        Assert.Equal(HttpStatusCode.TooManyRequests, await AskAsync(quick));
    }

    [Fact]
    public async Task Responses_report_the_remaining_limit_and_rejections_a_retry_time()
    {
        var user = await TestUser.RegisterAsync(app);
        await using var api = app.StartApi(Limit("User", permits: 2));
        using var client = api.NewClient(user.AccessToken);
        using var first = await client.GetAsync("/api/users/me");
        Assert.Equal("\"user\";q=2;w=3600", Assert.Single(first.Headers.GetValues("RateLimit-Policy")));
        Assert.StartsWith("\"user\";r=1;t=", Assert.Single(first.Headers.GetValues("RateLimit")), StringComparison.Ordinal);

        using var second = await client.GetAsync("/api/users/me");
        using var third = await client.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal("TOO_MANY_REQUESTS", await third.ReadProblemAsync(HttpStatusCode.TooManyRequests));
        Assert.InRange(third.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromMinutes(29), TimeSpan.FromMinutes(30));

        using var health = await client.GetAsync("/health/live"); // probes are not counted
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    [Theory]
    [InlineData("SignIn", "/api/auth/login")]
    [InlineData("Registration", "/api/auth/register")]
    public async Task Anonymous_operations_are_limited_by_address(string limit, string path)
    {
        var settings = Limit(limit, permits: 3);
        settings["ForwardedHeaders:KnownNetworks:0"] = "127.0.0.0/8";
        settings["ForwardedHeaders:KnownNetworks:1"] = "::/0";
        await using var api = app.StartApi(settings);
        using var one = At(api, "192.0.2.11");
        using var other = At(api, "192.0.2.12");
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            using var answered = await one.PostAsJsonAsync(path, new { email = "nobody" });
            Assert.Equal(HttpStatusCode.BadRequest, answered.StatusCode);
        }

        using var refused = await one.PostAsJsonAsync(path, new { email = "nobody" });
        Assert.Equal("TOO_MANY_REQUESTS", await refused.ReadProblemAsync(HttpStatusCode.TooManyRequests));
        using var elsewhere = await other.PostAsJsonAsync(path, new { email = "nobody" });
        Assert.Equal(HttpStatusCode.BadRequest, elsewhere.StatusCode);
    }

    [Theory]
    [InlineData("SignIn", "/api/auth/login")]
    [InlineData("Registration", "/api/auth/register")]
    [InlineData("Address", "/api/auth/forgot-password")]
    public async Task An_access_token_does_not_raise_the_limit_of_an_address(string limit, string path)
    {
        await using var api = app.StartApi(Limit(limit, permits: 3));
        for (var turn = 1; turn <= 4; turn++)
        {
            using var client = api.NewClient((await TestUser.RegisterAsync(app)).AccessToken); // a different account each time
            using var answer = await client.PostAsJsonAsync(path, new { email = "nobody" });
            Assert.Equal(turn <= 3 ? HttpStatusCode.BadRequest : HttpStatusCode.TooManyRequests, answer.StatusCode);
        }
    }

    [Fact]
    public async Task The_operator_sign_in_page_has_the_sign_in_limit()
    {
        await using var api = app.StartApi(Limit("SignIn", permits: 2));
        using var client = api.NewClient();
        List<HttpStatusCode> statuses = [];
        for (var turn = 0; turn < 3; turn++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/jobs/sign-in")
            {
                Content = new FormUrlEncodedContent([new("email", TestUser.NewEmail()), new("password", "Guessed1843")]),
                Headers = { { "Sec-Fetch-Site", "same-origin" } },
            };
            using var answer = await client.SendAsync(request);
            statuses.Add(answer.StatusCode);
        }

        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests], statuses);
    }

    [Fact]
    public async Task A_tenant_has_its_own_limit_that_strangers_do_not_consume()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        await using var tenant = await TestTenant.CreateAsync(app);
        var stranger = await TestUser.RegisterAsync(app);
        using var agreed = await operator_.Http.PutAsJsonAsync(
            $"/api/admin/tenants/{tenant.Id}/quotas",
            new { max_requests_per_minute = 1 }
        );
        Assert.Equal(1, (await agreed.ReadDataAsync()).GetProperty("quotas").GetProperty("max_requests_per_minute").GetInt32());

        using var knock = await stranger.Http.GetAsync($"/api/tenants/{tenant.Id}/documents");
        Assert.Equal(HttpStatusCode.NotFound, knock.StatusCode);
        using var answered = await tenant.Admin.Http.GetAsync($"/api/tenants/{tenant.Id}/documents");
        using var refused = await tenant.Admin.Http.GetAsync($"/api/tenants/{tenant.Id}/documents");
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        Assert.Equal("TOO_MANY_REQUESTS", await refused.ReadProblemAsync(HttpStatusCode.TooManyRequests));
        Assert.Contains("\"tenant\";q=1;w=60", refused.Headers.GetValues("RateLimit-Policy"));
    }

    [Fact]
    public async Task Uploads_have_a_separate_limit()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var api = app.StartApi(Limit("Upload", permits: 1));
        using var client = api.NewClient(tenant.Admin.AccessToken);
        using var first = await client.PostAsync(
            $"/api/tenants/{tenant.Id}/documents",
            new MultipartFormDataContent { { new StringContent("once"), "file", "once.txt" } }
        );
        using var second = await client.PostAsync(
            $"/api/tenants/{tenant.Id}/documents",
            new MultipartFormDataContent { { new StringContent("twice"), "file", "twice.txt" } }
        );
        using var list = await client.GetAsync($"/api/tenants/{tenant.Id}/documents");

        Assert.Equal(
            (HttpStatusCode.Created, HttpStatusCode.TooManyRequests, HttpStatusCode.OK),
            (first.StatusCode, second.StatusCode, list.StatusCode)
        );
        Assert.Equal(1, await app.InTenantAsync(tenant.Id, db => db.Documents.CountAsync()));
    }

    [Fact]
    public async Task Without_Redis_each_process_enforces_the_limit_alone()
    {
        var settings = Limit("User", permits: 5);
        settings["ConnectionStrings:redis"] = $"127.0.0.1:{Ports.FreeOr(0)},password=none";
        var user = await TestUser.RegisterAsync(app);
        await using var api = app.StartApi(settings);
        using var client = api.NewClient(user.AccessToken);
        List<HttpStatusCode> statuses = [];
        for (var turn = 0; turn < 7; turn++)
        {
            using var answer = await client.GetAsync("/api/users/me");
            statuses.Add(answer.StatusCode);
        }

        Assert.Equal(
            [.. Enumerable.Repeat(HttpStatusCode.OK, 5), HttpStatusCode.TooManyRequests, HttpStatusCode.TooManyRequests],
            statuses
        );
    }

    private static Dictionary<string, string?> Limit(string name, int permits) =>
        new() { [$"RateLimits:{name}:Permits"] = $"{permits}", [$"RateLimits:{name}:Period"] = Hour };

    private static async Task<HttpStatusCode> AskAsync(HttpClient client)
    {
        using var answer = await client.GetAsync("/api/users/me");
        return answer.StatusCode;
    }

    private static HttpClient At(ApiUnderTest api, string address)
    {
        var client = api.NewClient();
        client.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        return client;
    }
}

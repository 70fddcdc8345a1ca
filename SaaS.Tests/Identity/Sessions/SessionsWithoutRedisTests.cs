using System.Net.Http.Json;
using SaaS.LocalServices;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Sessions;

/// <summary>
/// Tests that when Redis becomes unavailable, the database rows decide, users can sign in, and no ended session becomes valid again.
/// </summary>
public sealed class SessionsWithoutRedisTests(SaaSApp app)
{
    [Fact]
    public async Task A_Redis_shutdown_under_load_does_not_fail_open()
    {
        var folder = Directory.CreateTempSubdirectory("saas-redis-").FullName;
        var redis = GarnetServer.Start(folder, "secret", Ports.FreeOr(0));
        await using var api = app.StartApi(new() { ["ConnectionStrings:redis"] = redis.ConnectionString });
        var users = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => TestUser.RegisterAsync(api)));
        var gone = await TestUser.RegisterAsync(api);
        using var signedOut = await gone.Http.PostAsync("/api/auth/logout", content: null);
        Assert.Equal(HttpStatusCode.OK, signedOut.StatusCode);

        using var stop = new CancellationTokenSource();
        var statuses = Task.WhenAll(users.Select(user => UseAsync(user, stop.Token)));
        await redis.DisposeAsync();
        await Eventually.HoldsAsync(async () => !await IsRedisReadyAsync(api), "the API does not notice that Redis is away");

        // A session that was ended before stays ended, and one that is ended now is ended without Redis.
        using var still = await gone.Http.GetAsync("/api/users/me");
        using var logout = await users[0].Http.PostAsync("/api/auth/logout", content: null);
        using var after = await users[0].Http.GetAsync("/api/users/me");
        var again = await TestUser.LogInAsync(api, gone.Email);
        using var profile = await again.Http.GetAsync("/api/users/me");
        Assert.Equal(
            (HttpStatusCode.Unauthorized, HttpStatusCode.OK, HttpStatusCode.Unauthorized, HttpStatusCode.OK),
            (still.StatusCode, logout.StatusCode, after.StatusCode, profile.StatusCode)
        );

        await stop.CancelAsync();
        foreach (var seen in (await statuses).Skip(1))
        {
            Assert.Equal([HttpStatusCode.OK], seen);
        }
    }

    [Fact]
    public async Task Sign_in_attempts_are_throttled_while_Redis_is_unavailable()
    {
        await using var api = app.StartApi(new() { ["ConnectionStrings:redis"] = $"127.0.0.1:{Ports.FreeOr(0)},password=none" });
        var user = await TestUser.RegisterAsync(api);
        using var client = api.NewClient();
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 7; i++)
        {
            using var answer = await client.PostAsJsonAsync("/api/auth/login", new { email = user.Email, password = "Wrong1234" });
            statuses.Add(answer.StatusCode);
        }

        Assert.Equal(
            [.. Enumerable.Repeat(HttpStatusCode.Unauthorized, 5), .. Enumerable.Repeat(HttpStatusCode.TooManyRequests, 2)],
            statuses
        );
    }

    private static async Task<HashSet<HttpStatusCode>> UseAsync(TestUser user, CancellationToken stop)
    {
        var seen = new HashSet<HttpStatusCode>();
        while (!stop.IsCancellationRequested)
        {
            using var answer = await user.Http.GetAsync("/api/users/me", CancellationToken.None);
            seen.Add(answer.StatusCode);
        }

        return seen;
    }

    private static async Task<bool> IsRedisReadyAsync(ApiUnderTest api)
    {
        using var client = api.NewClient();
        using var answer = await client.GetAsync("/health/ready");
        return (await answer.ReadAsync(HttpStatusCode.OK)).GetProperty("checks").GetProperty("redis").GetProperty("status").GetString()
            == "healthy";
    }
}

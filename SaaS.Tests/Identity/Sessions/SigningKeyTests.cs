using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Npgsql;
using SaaS.Core.Identity.Sessions;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Sessions;

/// <summary>Tests that signing keys are rotated without ending a session.</summary>
public sealed class SigningKeyTests(SaaSApp app)
{
    [Fact]
    public async Task After_a_rotation_tokens_of_the_old_key_are_still_accepted()
    {
        var user = await TestUser.RegisterAsync(app);
        await RotateAsync();

        // A separate process reads the key ring at its first token, as every replica does once its copy is a minute old.
        await using var replica = app.StartApi();
        var newer = await TestUser.LogInAsync(replica, user.Email);
        Assert.NotEqual(KeyOf(user.AccessToken), KeyOf(newer.AccessToken));

        foreach (
            var (api, token) in new[]
            {
                (app.Api, user.AccessToken),
                (app.Api, newer.AccessToken),
                (replica, user.AccessToken),
                (replica, newer.AccessToken),
            }
        )
        {
            using var client = api.NewClient(token);
            using var profile = await client.GetAsync("/api/users/me");
            Assert.Equal(HttpStatusCode.OK, profile.StatusCode);
        }

        using var refreshed = await newer.Http.PostAsJsonAsync("/api/auth/refresh", new { refresh_token = user.RefreshToken });
        Assert.Equal(HttpStatusCode.OK, refreshed.StatusCode);
    }

    [Fact]
    public async Task A_new_secret_signs_immediately_and_retired_secrets_are_accepted()
    {
        var user = await TestUser.RegisterAsync(app);
        await using var renewed = app.StartApi(
            new() { ["Jwt:SigningKey"] = new string('n', 64), ["Jwt:RetiredSigningKeys:0"] = app.Setting("Jwt:SigningKey") }
        );
        await using var forgetful = app.StartApi(new() { ["Jwt:SigningKey"] = new string('f', 64) });

        using var believed = renewed.NewClient(user.AccessToken);
        using var refused = forgetful.NewClient(user.AccessToken);
        using var known = await believed.GetAsync("/api/users/me");
        using var unknown = await refused.GetAsync("/api/users/me");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (known.StatusCode, unknown.StatusCode));
        Assert.NotEqual(KeyOf(user.AccessToken), KeyOf((await TestUser.LogInAsync(renewed, user.Email)).AccessToken));
    }

    [Fact]
    public async Task A_retired_key_is_deleted_once_all_its_tokens_have_expired()
    {
        await TestUser.RegisterAsync(app); // its token needs the key that the rotation retires
        await app.InControlAsync(async db =>
        {
            var expired = SigningKey.Create(new string('s', 64), DateTimeOffset.UnixEpoch);
            expired.RetiredAt = DateTimeOffset.UnixEpoch.AddDays(1);
            db.SigningKeys.Add(expired);
            return await db.SaveChangesAsync();
        });
        await RotateAsync();

        Assert.False(await app.InControlAsync(db => db.SigningKeys.AnyAsync(key => key.RetiredAt == DateTimeOffset.UnixEpoch.AddDays(1))));
        Assert.True(await app.InControlAsync(db => db.SigningKeys.AnyAsync(key => key.RetiredAt != null)));
    }

    [Fact]
    public async Task Cached_keys_are_used_while_the_database_is_unavailable()
    {
        await using var proxy = ProxyToPostgres(out var settings);
        settings["Sessions:CheckLifetime"] = "00:01:00"; // counted from its last check, the session is cached for longer than the keys
        var clock = new ShiftedClock();
        await using var api = app.StartApi(settings, clock);
        var user = await TestUser.RegisterAsync(api);
        clock.Ahead = TimeSpan.FromSeconds(40);
        using (var known = await user.Http.GetAsync("/api/users/me"))
        {
            Assert.Equal(HttpStatusCode.OK, known.StatusCode);
        }

        proxy.SetFault(Fault.Silent);
        clock.Ahead = TimeSpan.FromSeconds(80);
        using var answer = await user.Http.PutAsJsonAsync("/api/users/me/password", new { });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode); // the response to the request itself, not to the failure
    }

    [Theory]
    [InlineData(Fault.Cut, false)]
    [InlineData(Fault.Cut, true)]
    [InlineData(Fault.Silent, true)]
    public async Task A_token_with_an_unavailable_key_gets_503_instead_of_401(Fault fault, bool hasCopy)
    {
        await using var proxy = ProxyToPostgres(out var settings);
        var clock = new ShiftedClock();
        await using var api = app.StartApi(settings, clock);
        var user = await TestUser.RegisterAsync(hasCopy ? api : app.Api);
        using var client = api.NewClient(user.AccessToken);

        proxy.SetFault(fault);
        clock.Ahead = TimeSpan.FromMinutes(2); // later than the lifetime of a copy of the keys and of a cached session
        foreach (var path in new[] { "/api/users/me", "/api/tenants" })
        {
            using var answer = await client.GetAsync(path);
            Assert.NotNull(answer.Headers.RetryAfter);
            Assert.Equal("SERVICE_UNAVAILABLE", await answer.ReadProblemAsync(HttpStatusCode.ServiceUnavailable));
        }

        proxy.SetFault(Fault.None);
        await Eventually.HoldsAsync(
            async () => (await client.GetAsync("/api/users/me")).StatusCode is HttpStatusCode.OK,
            "the token is not believed afterwards"
        );
    }

    [Fact]
    public async Task The_database_contains_no_signing_secrets()
    {
        var columns = await app.InControlAsync(db =>
            Task.FromResult(db.Model.FindEntityType(typeof(SigningKey))!.GetProperties().Select(property => property.Name).Order().ToList())
        );
        Assert.Equal(["CreatedAt", "Id", "RetiredAt", "SecretFingerprint"], columns);
    }

    private FaultProxy ProxyToPostgres(out Dictionary<string, string?> settings)
    {
        var direct = new NpgsqlConnectionStringBuilder(app.Setting("ConnectionStrings:saas-platform"));
        var proxy = FaultProxy.To(direct.Port);
        var through = new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Port = proxy.Port };
        settings = new() { ["ConnectionStrings:saas-platform"] = through.ConnectionString };
        return proxy;
    }

    private async Task RotateAsync()
    {
        await using var scope = app.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<RotateSigningKey>().RunAsync(TestContext.Current.CancellationToken);
    }

    private static string KeyOf(string token) => new JsonWebToken(token).Kid;
}

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Sessions;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Sessions;

public sealed class RefreshSessionTests(SaaSApp app)
{
    [Fact]
    public async Task A_refresh_token_in_header_or_body_returns_a_new_pair()
    {
        var user = await TestUser.RegisterAsync(app);
        var second = await RefreshAsync(user.RefreshToken);
        using var client = app.NewClient();
        using var third = await client.PostAsJsonAsync(
            "/api/auth/refresh",
            new { refresh_token = second.GetProperty("refresh_token").GetString() }
        );
        using var renewed = app.NewClient((await third.ReadAsync(HttpStatusCode.OK)).GetProperty("access_token").GetString());
        using var profile = await renewed.GetAsync("/api/users/me");

        Assert.Equal(user.Id, (await profile.ReadDataAsync()).GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task Two_concurrent_refreshes_return_the_same_token_and_keep_the_session()
    {
        var user = await TestUser.RegisterAsync(app);
        var token = user.RefreshToken;
        for (var round = 0; round < 1000; round++)
        {
            var answers = await Task.WhenAll(RefreshAsync(token), RefreshAsync(token));
            // Both tokens have the same number; another key may have come into use between the two.
            var numbers = answers
                .Select(answer => answer.GetProperty("refresh_token").GetString()!.Split('.')[..2])
                .Select(parts => string.Join('.', parts))
                .Distinct();
            Assert.Equal($"{token.Split('.')[0]}.{round + 1}", Assert.Single(numbers));
            token = answers[round % 2].GetProperty("refresh_token").GetString()!;
        }

        Assert.Equal(
            1,
            await app.InControlAsync(db => db.Sessions.CountAsync(session => session.UserId == user.Id && session.EndedAt == null))
        );
        using var profile = await user.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.OK, profile.StatusCode);
    }

    [Fact]
    public async Task A_reused_token_works_within_the_grace_period_and_then_ends_the_session()
    {
        var clock = new ShiftedClock();
        await using var api = app.StartApi(clock: clock);
        var user = await TestUser.RegisterAsync(api);
        var newest = (await RefreshAsync(user.RefreshToken, api)).GetProperty("refresh_token").GetString()!;

        clock.Ahead += TimeSpan.FromSeconds(15);
        Assert.Equal(HttpStatusCode.OK, await TryRefreshAsync(user.RefreshToken, api));
        clock.Ahead += TimeSpan.FromSeconds(10);
        Assert.Equal(HttpStatusCode.Unauthorized, await TryRefreshAsync(user.RefreshToken, api));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryRefreshAsync(newest, api));
        using var elsewhere = app.NewClient(user.AccessToken);
        using var profile = await elsewhere.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.Unauthorized, profile.StatusCode);
    }

    [Fact]
    public async Task A_session_reaches_its_maximum_lifetime_despite_refreshes()
    {
        var clock = new ShiftedClock();
        await using var api = app.StartApi(clock: clock);
        var token = (await TestUser.RegisterAsync(api)).RefreshToken;
        for (var day = 0; day < 30; day += 6)
        {
            token = (await RefreshAsync(token, api)).GetProperty("refresh_token").GetString()!;
            clock.Ahead += TimeSpan.FromDays(6);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await TryRefreshAsync(token, api));
    }

    [Fact]
    public async Task An_unused_refresh_token_expires()
    {
        var clock = new ShiftedClock();
        await using var api = app.StartApi(clock: clock);
        var user = await TestUser.RegisterAsync(api);

        clock.Ahead += TimeSpan.FromDays(7);
        Assert.Equal(HttpStatusCode.Unauthorized, await TryRefreshAsync(user.RefreshToken, api));
    }

    [Fact]
    public async Task Reuse_of_an_older_token_ends_the_session_and_is_audited()
    {
        var user = await TestUser.RegisterAsync(app);
        var second = (await RefreshAsync(user.RefreshToken)).GetProperty("refresh_token").GetString()!;
        var newest = (await RefreshAsync(second)).GetProperty("refresh_token").GetString()!;

        Assert.Equal(HttpStatusCode.Unauthorized, await TryRefreshAsync(user.RefreshToken));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryRefreshAsync(newest));
        using var profile = await user.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.Unauthorized, profile.StatusCode);
        Assert.True(
            await app.InControlAsync(db =>
                db.AuditEntries.AnyAsync(entry => entry.Actor == $"user:{user.Id}" && entry.Action == AuditAction.TokenReused.Name)
            )
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("a.b.c")]
    [InlineData("01a20ac25b29727d88abb34a740dab3b.0.6FFd_Q2dCd0mb1cCD89LEAh6fTaiYW_9vvlme42FAoE")]
    public async Task A_refresh_token_that_was_never_issued_is_rejected(string token)
    {
        Assert.Equal(HttpStatusCode.Unauthorized, await TryRefreshAsync(token));
    }

    [Fact]
    public async Task An_access_token_is_rejected_as_a_refresh_token()
    {
        var user = await TestUser.RegisterAsync(app);
        Assert.Equal(HttpStatusCode.Unauthorized, await TryRefreshAsync(user.AccessToken));
    }

    private async Task<JsonElement> RefreshAsync(string token, ApiUnderTest? api = null)
    {
        using var answer = await SendAsync(token, api);
        return await answer.ReadAsync(HttpStatusCode.OK);
    }

    private async Task<HttpStatusCode> TryRefreshAsync(string token, ApiUnderTest? api = null)
    {
        using var answer = await SendAsync(token, api);
        return answer.StatusCode;
    }

    private async Task<HttpResponseMessage> SendAsync(string token, ApiUnderTest? api)
    {
        using var client = (api ?? app.Api).NewClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await client.PostAsync("/api/auth/refresh", content: null);
    }
}

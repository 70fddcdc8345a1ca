using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Identity.Accounts;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Sessions;

public sealed class LogOutTests(SaaSApp app)
{
    [Fact]
    public async Task Sign_out_revokes_both_tokens_and_ends_no_other_session()
    {
        var user = await TestUser.RegisterAsync(app);
        var elsewhere = await TestUser.LogInAsync(app, user.Email);
        using var before = await user.Http.GetAsync("/api/users/me"); // the session is cached now
        using var signedOut = await user.Http.PostAsync("/api/auth/logout", content: null);

        Assert.Equal("Logged out successfully", (await signedOut.ReadAsync(HttpStatusCode.OK)).GetProperty("message").GetString());
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        using var after = await user.Http.GetAsync("/api/users/me");
        Assert.Equal("UNAUTHORIZED", await after.ReadProblemAsync(HttpStatusCode.Unauthorized));
        using var refresh = await elsewhere.Http.PostAsJsonAsync("/api/auth/refresh", new { refresh_token = user.RefreshToken });
        Assert.Equal(HttpStatusCode.Unauthorized, refresh.StatusCode);
        using var other = await elsewhere.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Theory]
    [InlineData("the header")]
    [InlineData("the body")]
    [InlineData("the body, beside an access token that has expired")]
    public async Task A_refresh_token_can_sign_out(string where)
    {
        var user = await TestUser.RegisterAsync(app);
        var inHeader =
            where == "the header" ? user.RefreshToken
            : where == "the body" ? null
            : $"{user.AccessToken[..^4]}AAAA";
        var inBody = where == "the header" ? null : user.RefreshToken;
        using var client = app.NewClient(inHeader);
        for (var turn = 0; turn < 2; turn++) // a repeated request is not an error
        {
            using var signedOut = await client.PostAsJsonAsync("/api/auth/logout", new { refresh_token = inBody });
            Assert.True((await signedOut.ReadAsync(HttpStatusCode.OK)).GetProperty("success").GetBoolean());
        }

        using var after = await user.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        using var refreshed = await app.NewClient().PostAsJsonAsync("/api/auth/refresh", new { refresh_token = user.RefreshToken });
        Assert.Equal(HttpStatusCode.Unauthorized, refreshed.StatusCode);
    }

    [Fact]
    public async Task An_invalid_token_signs_nobody_out()
    {
        var user = await TestUser.RegisterAsync(app);
        foreach (var token in new[] { null, "", "nonsense", $"{user.RefreshToken[..^4]}AAAA" })
        {
            using var refused = await app.NewClient().PostAsJsonAsync("/api/auth/logout", new { refresh_token = token });
            Assert.Equal("UNAUTHORIZED", await refused.ReadProblemAsync(HttpStatusCode.Unauthorized));
        }

        using var still = await user.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }

    [Fact]
    public async Task A_deactivated_account_is_rejected_when_its_session_is_checked()
    {
        var user = await TestUser.RegisterAsync(app);
        await app.InControlAsync(db =>
            db.Users.Where(candidate => candidate.Id == user.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(candidate => candidate.IsActive, false))
        );
        using var answer = await user.Http.GetAsync("/api/users/me"); // the first check of this session, which is not cached yet

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }
}

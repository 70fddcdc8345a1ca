using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Sessions;

public sealed class LogOutTests(SaaSApp app)
{
    [Fact]
    public async Task Signing_out_ends_both_tokens_at_once_and_no_other_session()
    {
        var user = await TestUser.RegisterAsync(app);
        var elsewhere = await TestUser.LogInAsync(app, user.Email);
        using var before = await user.Http.GetAsync("/api/users/me"); // the check is remembered now
        using var signedOut = await user.Http.PostAsync("/api/auth/logout", content: null);

        Assert.Equal("Logged out successfully", (await signedOut.ReadAsync(HttpStatusCode.OK)).GetProperty("message").GetString());
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        using var after = await user.Http.GetAsync("/api/users/me");
        Assert.Equal("UNAUTHORIZED", await after.ReadRefusalAsync(HttpStatusCode.Unauthorized));
        using var refresh = await elsewhere.Http.PostAsJsonAsync("/api/auth/refresh", new { refresh_token = user.RefreshToken });
        Assert.Equal(HttpStatusCode.Unauthorized, refresh.StatusCode);
        using var other = await elsewhere.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task An_account_that_was_deactivated_is_out_once_the_remembered_check_expires()
    {
        var user = await TestUser.RegisterAsync(app);
        await app.InControlAsync(db => db.Users.Where(candidate => candidate.Id == user.Id).ExecuteUpdateAsync(set => set.SetProperty(candidate => candidate.IsActive, false)));
        using var answer = await user.Http.GetAsync("/api/users/me"); // the first check of this session: nothing is remembered yet

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }
}

using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Identity.Sessions;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Sessions;

/// <summary>Tests that users can list their sessions and end those that they do not recognize.</summary>
public sealed class ManageSessionsTests(SaaSApp app)
{
    [Fact]
    public async Task Sessions_are_listed_with_device_address_and_the_current_one()
    {
        var user = await TestUser.RegisterAsync(app);
        using var browser = app.NewClient();
        browser.DefaultRequestHeaders.UserAgent.ParseAdd("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
        using var signedIn = await browser.PostAsJsonAsync("/api/auth/login", new { email = user.Email, password = TestUser.Password });
        Assert.Equal(HttpStatusCode.OK, signedIn.StatusCode);

        using var answer = await user.Http.GetAsync("/api/users/me/sessions");
        var sessions = (await answer.ReadDataAsync()).GetProperty("sessions").EnumerateArray().ToList();

        Assert.Equal(2, sessions.Count);
        var mine = Assert.Single(sessions, session => session.GetProperty("is_current").GetBoolean());
        var other = Assert.Single(sessions, session => !session.GetProperty("is_current").GetBoolean());
        Assert.Equal("Firefox on Linux", other.GetProperty("device").GetString());
        Assert.Equal("Unknown device", mine.GetProperty("device").GetString());
        Assert.Equal("127.0.0.1", mine.GetProperty("address").GetString());
    }

    [Fact]
    public async Task Ending_one_session_keeps_the_others()
    {
        var user = await TestUser.RegisterAsync(app);
        var elsewhere = await TestUser.LogInAsync(app, user.Email);
        using var warm = await elsewhere.Http.GetAsync("/api/users/me"); // the session is cached now
        var id = await OtherSessionOfAsync(user);

        using var ended = await user.Http.DeleteAsync($"/api/users/me/sessions/{id}");
        using var again = await user.Http.DeleteAsync($"/api/users/me/sessions/{id}");
        using var mine = await user.Http.GetAsync("/api/users/me");
        using var other = await elsewhere.Http.GetAsync("/api/users/me");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (ended.StatusCode, again.StatusCode));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (mine.StatusCode, other.StatusCode));
        using var refresh = await user.Http.PostAsJsonAsync("/api/auth/refresh", new { refresh_token = elsewhere.RefreshToken });
        Assert.Equal(HttpStatusCode.Unauthorized, refresh.StatusCode);
    }

    [Fact]
    public async Task All_other_sessions_can_be_ended_together()
    {
        var user = await TestUser.RegisterAsync(app);
        var others = new[] { await TestUser.LogInAsync(app, user.Email), await TestUser.LogInAsync(app, user.Email) };
        using var ended = await user.Http.DeleteAsync("/api/users/me/sessions");

        Assert.Equal(2, (await ended.ReadDataAsync()).GetProperty("ended").GetInt32());
        foreach (var other in others)
        {
            using var profile = await other.Http.GetAsync("/api/users/me");
            Assert.Equal(HttpStatusCode.Unauthorized, profile.StatusCode);
        }

        using var mine = await user.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.OK, mine.StatusCode);
    }

    [Theory]
    [InlineData("by signing out")]
    [InlineData("by hand, in SQL")]
    public async Task Every_replica_is_notified_that_a_session_has_ended(string how)
    {
        await using var replica = app.StartApi(new() { ["Sessions:CheckLifetime"] = "00:01:00" });
        var user = await TestUser.RegisterAsync(app);
        using var elsewhere = replica.NewClient(user.AccessToken);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(elsewhere)); // cached there now, for longer than this test waits

        if (how == "by signing out")
        {
            using var ended = await user.Http.PostAsync("/api/auth/logout", content: null);
            Assert.Equal(HttpStatusCode.OK, ended.StatusCode);
        }
        else
        {
            await app.InControlAsync(db => db.Database.ExecuteSqlAsync($"UPDATE sessions SET ended_at = now() WHERE user_id = {user.Id}"));
        }

        await Eventually.HoldsAsync(
            async () => await AskAsync(elsewhere) == HttpStatusCode.Unauthorized,
            "the replica still lets the session in",
            timeout: TimeSpan.FromSeconds(30)
        );
    }

    [Fact]
    public async Task The_last_use_of_a_session_is_recorded_to_the_minute()
    {
        var clock = new ShiftedClock();
        await using var api = app.StartApi(clock: clock);
        var user = await TestUser.RegisterAsync(api);
        await TestUser.LogInAsync(api, user.Email);

        clock.Ahead = TimeSpan.FromSeconds(30);
        Assert.All(await LastUsesAsync(), session => Assert.Equal(session.CreatedAt, session.LastUsedAt));
        clock.Ahead = TimeSpan.FromMinutes(2);
        Assert.All(
            await LastUsesAsync(),
            session => Assert.Equal(session.IsCurrent, session.LastUsedAt >= session.CreatedAt + clock.Ahead)
        );
        Assert.Equal(
            1,
            await app.InControlAsync(db =>
                db.Sessions.CountAsync(session => session.UserId == user.Id && session.LastUsedAt == session.CreatedAt)
            )
        );

        async Task<List<(bool IsCurrent, DateTimeOffset CreatedAt, DateTimeOffset LastUsedAt)>> LastUsesAsync()
        {
            using var answer = await user.Http.GetAsync("/api/users/me/sessions");
            var sessions = (await answer.ReadDataAsync())
                .GetProperty("sessions")
                .EnumerateArray()
                .Select(session =>
                    (
                        session.GetProperty("is_current").GetBoolean(),
                        session.GetProperty("created_at").GetDateTimeOffset(),
                        session.GetProperty("last_used_at").GetDateTimeOffset()
                    )
                )
                .ToList();
            Assert.Equal(2, sessions.Count);
            return sessions;
        }
    }

    [Fact]
    public async Task A_session_of_another_user_cannot_be_ended()
    {
        var (mine, theirs) = (await TestUser.RegisterAsync(app), await TestUser.RegisterAsync(app));
        await TestUser.LogInAsync(app, theirs.Email);
        using var answer = await mine.Http.DeleteAsync($"/api/users/me/sessions/{await OtherSessionOfAsync(theirs)}");

        Assert.Equal("NOT_FOUND", await answer.ReadProblemAsync(HttpStatusCode.NotFound));
    }

    private static async Task<Guid> OtherSessionOfAsync(TestUser user)
    {
        using var answer = await user.Http.GetAsync("/api/users/me/sessions");
        return (await answer.ReadDataAsync())
            .GetProperty("sessions")
            .EnumerateArray()
            .First(session => !session.GetProperty("is_current").GetBoolean())
            .GetProperty("id")
            .GetGuid();
    }

    private static async Task<HttpStatusCode> AskAsync(HttpClient client)
    {
        using var answer = await client.GetAsync("/api/users/me");
        return answer.StatusCode;
    }
}

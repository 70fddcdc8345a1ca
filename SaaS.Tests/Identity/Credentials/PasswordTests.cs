using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Credentials;

/// <summary>Tests that a password can be changed with the current one, or reset by the reader of the account's mail.</summary>
public sealed class PasswordTests(SaaSApp app)
{
    private const string New = "Difference1822";

    [Fact]
    public async Task A_password_change_ends_all_other_sessions_and_sends_a_mail()
    {
        var user = await TestUser.RegisterAsync(app);
        var elsewhere = await TestUser.LogInAsync(app, user.Email);
        using var warm = await elsewhere.Http.GetAsync("/api/users/me");
        using var changed = await user.Http.PutAsJsonAsync(
            "/api/users/me/password",
            new { current_password = TestUser.Password, new_password = New }
        );
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);

        using var mine = await user.Http.GetAsync("/api/users/me");
        using var other = await elsewhere.Http.GetAsync("/api/users/me");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (mine.StatusCode, other.StatusCode));
        await TestUser.LogInAsync(app, user.Email, New);
        Assert.Equal(HttpStatusCode.Unauthorized, await TryLogInAsync(user.Email, TestUser.Password));

        var mail = await ReceivedMail.WaitForAsync(app, user.Email, "password was changed");
        Assert.Contains("Unknown device", mail.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(New, mail.Text + mail.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_is_accepted_in_any_Unicode_normal_form()
    {
        const string Composed = "Gr\u00fc\u00dfe 1843";
        const string Decomposed = "Gru\u0308\u00dfe 1843";
        var user = await TestUser.RegisterAsync(app);
        using var changed = await user.Http.PutAsJsonAsync(
            "/api/users/me/password",
            new { current_password = TestUser.Password, new_password = Decomposed }
        );
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        await TestUser.LogInAsync(app, user.Email, Composed);
        await TestUser.LogInAsync(app, user.Email, Decomposed);
        using var same = await user.Http.PutAsJsonAsync(
            "/api/users/me/password",
            new { current_password = Composed, new_password = Decomposed }
        );
        Assert.Equal(["new_password"], await same.ReadFieldsAsync());
    }

    [Theory]
    [InlineData("Gr\u00fc\u00dfe 1843", "Gru\u0308\u00dfe 1843")] // set in one form, typed in the other
    [InlineData("Gru\u0308\u00dfe 1843", "Gru\u0308\u00dfe 1843")]
    public async Task A_hash_without_Unicode_normalization_is_upgraded_at_sign_in(string set, string typed)
    {
        var user = await TestUser.RegisterAsync(app);
        var old = $"bcrypt-sha384:{BCrypt.Net.BCrypt.EnhancedHashPassword(set, BCrypt.Net.HashType.SHA384, 4)}";
        await app.InControlAsync(db =>
            db.Users.Where(one => one.Id == user.Id).ExecuteUpdateAsync(change => change.SetProperty(one => one.PasswordHash, old))
        );
        Assert.Equal(HttpStatusCode.Unauthorized, await TryLogInAsync(user.Email, $"{typed}x"));
        await TestUser.LogInAsync(app, user.Email, typed);
        Assert.StartsWith(
            "bcrypt-sha384-nfc:",
            await app.InControlAsync(db => db.Users.Where(one => one.Id == user.Id).Select(one => one.PasswordHash).SingleAsync()),
            StringComparison.Ordinal
        );
        await TestUser.LogInAsync(app, user.Email, "Gr\u00fc\u00dfe 1843");
        await TestUser.LogInAsync(app, user.Email, "Gru\u0308\u00dfe 1843");
    }

    [Fact]
    public async Task A_wrong_current_password_counts_as_a_failed_sign_in()
    {
        var user = await TestUser.RegisterAsync(app);
        for (var i = 0; i < 5; i++)
        {
            using var wrong = await user.Http.PutAsJsonAsync(
                "/api/users/me/password",
                new { current_password = "Wrong1234", new_password = New }
            );
            Assert.Equal("WRONG_PASSWORD", await wrong.ReadProblemAsync(HttpStatusCode.Forbidden));
        }

        using var blocked = await user.Http.PutAsJsonAsync(
            "/api/users/me/password",
            new { current_password = TestUser.Password, new_password = New }
        );
        Assert.Equal("TOO_MANY_ATTEMPTS", await blocked.ReadProblemAsync(HttpStatusCode.TooManyRequests));
    }

    [Theory]
    [InlineData(TestUser.Password)]
    [InlineData("short1")]
    [InlineData("password123")]
    public async Task An_unchanged_or_weak_new_password_is_rejected(string password)
    {
        var user = await TestUser.RegisterAsync(app);
        using var answer = await user.Http.PutAsJsonAsync(
            "/api/users/me/password",
            new { current_password = TestUser.Password, new_password = password }
        );
        Assert.Equal(["new_password"], await answer.ReadFieldsAsync());
    }

    [Fact]
    public async Task A_password_reset_works_once_and_ends_every_session()
    {
        var user = await TestUser.RegisterAsync(app);
        using var anonymous = app.NewClient();
        using var asked = await anonymous.PostAsJsonAsync("/api/auth/forgot-password", new { email = user.Email.ToUpperInvariant() });
        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        var token = (await ReceivedMail.WaitForAsync(app, user.Email, "Choose a new password")).Token;

        Assert.Equal(HttpStatusCode.OK, await ResetAsync(token, New));
        using var old = await user.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.Unauthorized, old.StatusCode);
        var again = await TestUser.LogInAsync(app, user.Email, New);
        using var profile = await again.Http.GetAsync("/api/users/me");
        // Reading the mail has verified the address.
        Assert.True((await profile.ReadDataAsync()).GetProperty("email_verified").GetBoolean());

        Assert.Equal(HttpStatusCode.BadRequest, await ResetAsync(token, "Difference1823"));
    }

    [Fact]
    public async Task Concurrent_uses_of_one_link_succeed_once()
    {
        var user = await TestUser.RegisterAsync(app);
        using var anonymous = app.NewClient();
        using var asked = await anonymous.PostAsJsonAsync("/api/auth/forgot-password", new { email = user.Email });
        var token = (await ReceivedMail.WaitForAsync(app, user.Email, "Choose a new password")).Token;
        var statuses = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => ResetAsync(token, $"Difference18{i:00}")));

        Assert.Single(statuses, status => status is HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_password_reset_link_expires()
    {
        var clock = new ShiftedClock();
        await using var later = app.StartApi(clock: clock);
        var user = await TestUser.RegisterAsync(app);
        using var anonymous = app.NewClient();
        using var asked = await anonymous.PostAsJsonAsync("/api/auth/forgot-password", new { email = user.Email });
        var token = (await ReceivedMail.WaitForAsync(app, user.Email, "Choose a new password")).Token;

        clock.Ahead = TimeSpan.FromMinutes(61);
        using var client = later.NewClient();
        using var answer = await client.PostAsJsonAsync("/api/auth/reset-password", new { token, new_password = New });
        Assert.Equal("INVALID_LINK", await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task A_reset_request_does_not_reveal_whether_an_account_exists()
    {
        var (user, stranger) = (await TestUser.RegisterAsync(app), TestUser.NewEmail());
        using var client = app.NewClient();
        using var known = await client.PostAsJsonAsync("/api/auth/forgot-password", new { email = user.Email });
        using var unknown = await client.PostAsJsonAsync("/api/auth/forgot-password", new { email = stranger });

        Assert.Equal(await known.Content.ReadAsStringAsync(), await unknown.Content.ReadAsStringAsync());
        await ReceivedMail.WaitForAsync(app, user.Email, "Choose a new password");
        Assert.Empty(await ReceivedMail.AllToAsync(app, stranger));
        Assert.False(await app.InControlAsync(db => db.MailedLinks.AnyAsync(link => link.Email == EmailAddress.Parse(stranger))));
    }

    [Fact]
    public async Task Repeated_reset_requests_send_one_mail()
    {
        var user = await TestUser.RegisterAsync(app);
        using var client = app.NewClient();
        for (var i = 0; i < 5; i++)
        {
            using var asked = await client.PostAsJsonAsync("/api/auth/forgot-password", new { email = user.Email });
        }

        // The last request has been processed once the outbox is empty and no event is pending.
        await app.DrainAsync();
        Assert.Single(await ReceivedMail.AllToAsync(app, user.Email), mail => mail.Subject == "Choose a new password");
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("01a20ac25b29727d88abb34a740dab3b.0123456789abcdef.6FFd_Q2dCd0mb1cCD89LEAh6fTaiYW_9vvlme42FAoE")]
    public async Task A_forged_reset_token_is_rejected(string token) =>
        Assert.Equal(HttpStatusCode.BadRequest, await ResetAsync(token, New));

    [Fact]
    public async Task A_token_of_another_purpose_does_not_reset_the_password()
    {
        var user = await TestUser.RegisterAsync(app);
        var token = (await ReceivedMail.WaitForAsync(app, user.Email, "Confirm your e-mail address")).Token;

        Assert.Equal(HttpStatusCode.BadRequest, await ResetAsync(token, New));
        Assert.Equal(HttpStatusCode.BadRequest, await ResetAsync(user.RefreshToken, New));
    }

    private async Task<HttpStatusCode> ResetAsync(string token, string password)
    {
        using var client = app.NewClient();
        using var answer = await client.PostAsJsonAsync("/api/auth/reset-password", new { token, new_password = password });
        return answer.StatusCode;
    }

    private async Task<HttpStatusCode> TryLogInAsync(string email, string password)
    {
        using var client = app.NewClient();
        using var answer = await client.PostAsJsonAsync("/api/auth/login", new { email, password });
        return answer.StatusCode;
    }
}

using System.Net.Http.Json;
using System.Text.Json;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Mfa;

/// <summary>Tests the second step of a sign-in, and attacks on it.</summary>
public sealed class MfaSignInTests(SaaSApp app)
{
    private const string NewPassword = "Difference1822";

    [Fact]
    public async Task A_sign_in_asks_for_the_second_factor_and_opens_no_session_before()
    {
        var (user, authenticator) = await RegisterAsync();
        using var anonymous = app.NewClient();
        using var first = await anonymous.PostAsJsonAsync("/api/auth/login", new { email = user.Email, password = TestUser.Password });
        var challenge = await first.ReadAsync(HttpStatusCode.Accepted);
        Assert.True(challenge.GetProperty("mfa_required").GetBoolean());
        Assert.False(challenge.TryGetProperty("access_token", out _));
        Assert.Equal("""["totp","recovery"]""", challenge.GetProperty("methods").GetRawText());
        Assert.Equal(challenge.GetProperty("mfa_token").GetString(), challenge.GetProperty("data").GetProperty("mfa_token").GetString());
        Assert.Single(await SessionsAsync(user.Http));

        using var second = await anonymous.PostAsJsonAsync(
            "/api/auth/mfa/totp",
            new { mfa_token = challenge.GetProperty("mfa_token").GetString(), code = await authenticator.NextCodeAsync() }
        );
        var signedIn = await second.ReadAsync(HttpStatusCode.OK);
        Assert.Equal(user.Id, signedIn.GetProperty("user").IdOf());
        using var client = app.NewClient(signedIn.GetProperty("access_token").GetString());
        var current = (await SessionsAsync(client)).Single(session => session.GetProperty("is_current").GetBoolean());
        Assert.Equal("""["pwd","otp","mfa"]""", current.GetProperty("amr").GetRawText());
        Assert.Equal(current.GetProperty("created_at").GetString(), current.GetProperty("authenticated_at").GetString());
    }

    [Fact]
    public async Task An_mfa_token_is_good_for_nothing_else()
    {
        var (user, _) = await RegisterAsync();
        using var anonymous = app.NewClient();
        var token = await Authenticator.GivePasswordAsync(anonymous, user.Email);

        using var asAccess = app.NewClient(token);
        using var profile = await asAccess.GetAsync("/api/users/me");
        using var refreshed = await anonymous.PostAsJsonAsync("/api/auth/refresh", new { refresh_token = token });
        using var reset = await anonymous.PostAsJsonAsync("/api/auth/reset-password", new { token, new_password = NewPassword });
        using var link = await anonymous.GetAsync($"/api/downloads?token={Uri.EscapeDataString(token)}");
        Assert.Equal(
            [HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.BadRequest],
            [profile.StatusCode, refreshed.StatusCode, reset.StatusCode]
        );
        Assert.False(link.IsSuccessStatusCode);

        // Nor is another token an mfa_token.
        using var other = await anonymous.PostAsJsonAsync("/api/auth/mfa/totp", new { mfa_token = user.RefreshToken, code = "123456" });
        Assert.Equal("MFA_TOKEN_INVALID", await other.ReadProblemAsync(HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task A_one_time_password_is_accepted_once()
    {
        var (user, authenticator) = await RegisterAsync();
        using var anonymous = app.NewClient();
        var code = await authenticator.NextCodeAsync();
        using var right = await ProveAsync(anonymous, await Authenticator.GivePasswordAsync(anonymous, user.Email), code);
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);

        using var replayed = await ProveAsync(anonymous, await Authenticator.GivePasswordAsync(anonymous, user.Email), code);
        Assert.Equal("SECOND_FACTOR_WRONG", await replayed.ReadProblemAsync(HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task The_same_one_time_password_twice_at_once_succeeds_once()
    {
        var (user, authenticator) = await RegisterAsync();
        using var anonymous = app.NewClient();
        string[] tokens =
        [
            await Authenticator.GivePasswordAsync(anonymous, user.Email),
            await Authenticator.GivePasswordAsync(anonymous, user.Email),
            await Authenticator.GivePasswordAsync(anonymous, user.Email),
            await Authenticator.GivePasswordAsync(anonymous, user.Email),
        ];
        var code = await authenticator.NextCodeAsync();
        var answers = await Task.WhenAll(tokens.Select(token => ProveAsync(anonymous, token, code)));
        Assert.Single(answers, answer => answer.StatusCode is HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_same_recovery_code_twice_at_once_succeeds_once()
    {
        var (user, authenticator) = await RegisterAsync();
        using var anonymous = app.NewClient();
        string[] tokens =
        [
            await Authenticator.GivePasswordAsync(anonymous, user.Email),
            await Authenticator.GivePasswordAsync(anonymous, user.Email),
            await Authenticator.GivePasswordAsync(anonymous, user.Email),
            await Authenticator.GivePasswordAsync(anonymous, user.Email),
        ];
        var answers = await Task.WhenAll(tokens.Select(token => RecoverAsync(anonymous, token, authenticator.RecoveryCodes[3])));
        Assert.Single(answers, answer => answer.StatusCode is HttpStatusCode.OK);

        using var later = await RecoverAsync(
            anonymous,
            await Authenticator.GivePasswordAsync(anonymous, user.Email),
            authenticator.RecoveryCodes[3]
        );
        Assert.Equal("SECOND_FACTOR_WRONG", await later.ReadProblemAsync(HttpStatusCode.Forbidden));
        var mail = await ReceivedMail.WaitForAsync(app, user.Email, "A recovery code was used");
        Assert.Contains("Codes left: 9", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_code_of_another_account_is_refused()
    {
        var (victim, _) = await RegisterAsync();
        var (_, own) = await RegisterAsync();
        using var anonymous = app.NewClient();
        var token = await Authenticator.GivePasswordAsync(anonymous, victim.Email);
        using var oneTime = await ProveAsync(anonymous, token, await own.NextCodeAsync());
        using var recovery = await RecoverAsync(anonymous, token, own.RecoveryCodes[0]);
        Assert.Equal("SECOND_FACTOR_WRONG", await oneTime.ReadProblemAsync(HttpStatusCode.Forbidden));
        Assert.Equal("SECOND_FACTOR_WRONG", await recovery.ReadProblemAsync(HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task An_mfa_token_opens_one_session()
    {
        var (user, authenticator) = await RegisterAsync();
        using var anonymous = app.NewClient();
        var token = await Authenticator.GivePasswordAsync(anonymous, user.Email);
        using var first = await ProveAsync(anonymous, token, await authenticator.NextCodeAsync());
        using var second = await RecoverAsync(anonymous, token, authenticator.RecoveryCodes[0]);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal("MFA_TOKEN_INVALID", await second.ReadProblemAsync(HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task A_password_change_revokes_mfa_tokens_and_keeps_the_factor()
    {
        var (user, authenticator) = await RegisterAsync();
        using var anonymous = app.NewClient();
        var token = await Authenticator.GivePasswordAsync(anonymous, user.Email);
        using var changed = await user.Http.PutAsJsonAsync(
            "/api/users/me/password",
            new { current_password = TestUser.Password, new_password = NewPassword }
        );
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);

        using var late = await ProveAsync(anonymous, token, await authenticator.NextCodeAsync());
        Assert.Equal("MFA_TOKEN_INVALID", await late.ReadProblemAsync(HttpStatusCode.Unauthorized));
        await Authenticator.GivePasswordAsync(anonymous, user.Email, NewPassword);
    }

    [Fact]
    public async Task An_mfa_token_ends_after_five_wrong_codes()
    {
        var (user, authenticator) = await RegisterAsync();
        await using var patient = app.StartApi(new() { ["SignIn:FreeAttempts"] = "1000", ["SignIn:FreeAttemptsPerAccount"] = "1000" });
        using var anonymous = patient.NewClient();
        var token = await Authenticator.GivePasswordAsync(anonymous, user.Email);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            using var wrong = await ProveAsync(anonymous, token, authenticator.WrongCode());
            Assert.Equal("SECOND_FACTOR_WRONG", await wrong.ReadProblemAsync(HttpStatusCode.Forbidden));
        }

        using var right = await ProveAsync(anonymous, token, await authenticator.NextCodeAsync());
        Assert.Equal("MFA_TOKEN_INVALID", await right.ReadProblemAsync(HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task Wrong_codes_delay_the_account_although_the_password_is_right_in_between()
    {
        var (user, authenticator) = await RegisterAsync();
        using var anonymous = app.NewClient();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var token = await Authenticator.GivePasswordAsync(anonymous, user.Email);
            using var wrong = await ProveAsync(anonymous, token, authenticator.WrongCode());
            Assert.Equal("SECOND_FACTOR_WRONG", await wrong.ReadProblemAsync(HttpStatusCode.Forbidden));
        }

        using var delayed = await anonymous.PostAsJsonAsync("/api/auth/login", new { email = user.Email, password = TestUser.Password });
        Assert.Equal("TOO_MANY_ATTEMPTS", await delayed.ReadProblemAsync(HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task A_reset_keeps_the_factor_of_a_verified_account_and_removes_that_of_another_owner()
    {
        var (verified, _) = await RegisterAsync(confirmsEmail: true);
        await ResetAsync(verified.Email);
        using var anonymous = app.NewClient();
        await Authenticator.GivePasswordAsync(anonymous, verified.Email, NewPassword);

        // Somebody registered the address of another person and added a factor of their own.
        var (squatted, _) = await RegisterAsync();
        await ResetAsync(squatted.Email);
        await TestUser.LogInAsync(app, squatted.Email, NewPassword);
    }

    [Fact]
    public async Task A_link_to_a_new_address_does_not_replace_the_second_factor()
    {
        var (user, _) = await RegisterAsync(confirmsEmail: true);
        var wanted = TestUser.NewEmail();
        using var requested = await user.Http.PutAsJsonAsync(
            "/api/users/me/email",
            new { email = wanted, current_password = TestUser.Password }
        );
        Assert.Equal(HttpStatusCode.OK, requested.StatusCode);
        var mail = await ReceivedMail.WaitForAsync(app, wanted, "Confirm your new e-mail address");

        using var anonymous = app.NewClient();
        using var withPassword = await anonymous.PostAsJsonAsync(
            "/api/auth/confirm-email",
            new { token = mail.Token, password = TestUser.Password }
        );
        using var withNewPassword = await anonymous.PostAsJsonAsync(
            "/api/auth/confirm-email",
            new { token = mail.Token, new_password = NewPassword }
        );
        Assert.Equal("SIGN_IN_REQUIRED", await withPassword.ReadProblemAsync(HttpStatusCode.Forbidden));
        Assert.Equal("SIGN_IN_REQUIRED", await withNewPassword.ReadProblemAsync(HttpStatusCode.Forbidden));
        using var signedIn = await user.Http.PostAsJsonAsync("/api/auth/confirm-email", new { token = mail.Token });
        Assert.Equal(HttpStatusCode.OK, signedIn.StatusCode);
    }

    private async Task<(TestUser User, Authenticator Authenticator)> RegisterAsync(bool confirmsEmail = false)
    {
        var user = await TestUser.RegisterAsync(app);
        if (confirmsEmail)
        {
            await user.ConfirmEmailAsync(app);
        }

        return (user, await Authenticator.AddAsync(app, user.Http));
    }

    private async Task ResetAsync(string email)
    {
        using var anonymous = app.NewClient();
        using var forgotten = await anonymous.PostAsJsonAsync("/api/auth/forgot-password", new { email });
        var mail = await ReceivedMail.WaitForAsync(app, email, "Choose a new password");
        using var reset = await anonymous.PostAsJsonAsync(
            "/api/auth/reset-password",
            new { token = mail.Token, new_password = NewPassword }
        );
        Assert.Equal(HttpStatusCode.OK, reset.StatusCode);
    }

    private static Task<HttpResponseMessage> ProveAsync(HttpClient client, string token, string code) =>
        client.PostAsJsonAsync("/api/auth/mfa/totp", new { mfa_token = token, code });

    private static Task<HttpResponseMessage> RecoverAsync(HttpClient client, string token, string code) =>
        client.PostAsJsonAsync("/api/auth/mfa/recovery", new { mfa_token = token, code });

    private static async Task<List<JsonElement>> SessionsAsync(HttpClient client)
    {
        using var listed = await client.GetAsync("/api/users/me/sessions");
        return [.. (await listed.ReadDataAsync()).GetProperty("sessions").EnumerateArray()];
    }
}

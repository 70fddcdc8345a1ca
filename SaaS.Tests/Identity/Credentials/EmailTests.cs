using System.Net.Http.Json;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Credentials;

/// <summary>Tests that an address is verified by mail, and changes only after the new one is verified.</summary>
public sealed class EmailTests(SaaSApp app)
{
    [Fact]
    public async Task A_new_account_is_verified_by_the_mailed_link()
    {
        var user = await TestUser.RegisterAsync(app);
        Assert.False(await IsVerifiedAsync(user));
        var mail = await ReceivedMail.WaitForAsync(app, user.Email, "Confirm your e-mail address");
        Assert.Contains("Hello Ada,", mail.Text, StringComparison.Ordinal);

        using var confirmed = await user.Http.PostAsJsonAsync("/api/auth/verify-email", new { token = mail.Token });
        using var again = await user.Http.PostAsJsonAsync("/api/auth/verify-email", new { token = mail.Token });
        Assert.Equal(HttpStatusCode.OK, confirmed.StatusCode);
        Assert.Equal("E-mail address already verified", (await again.ReadAsync(HttpStatusCode.OK)).GetProperty("message").GetString());
        Assert.True(await IsVerifiedAsync(user));

        using var more = await user.Http.PostAsync("/api/users/me/email/verification", content: null);
        Assert.Equal("EMAIL_ALREADY_VERIFIED", await more.ReadProblemAsync(HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task The_verification_mail_can_be_requested_again()
    {
        var user = await TestUser.RegisterAsync(app);
        var first = await ReceivedMail.WaitForAsync(app, user.Email, "Confirm your e-mail address");
        // After the minimum interval between two mails.
        await using var impatient = app.StartApi(clock: new ShiftedClock { Ahead = TimeSpan.FromMinutes(2) });
        using var client = impatient.NewClient(user.AccessToken);
        using var asked = await client.PostAsync("/api/users/me/email/verification", content: null);

        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        await Eventually.HoldsAsync(
            async () => (await ReceivedMail.AllToAsync(app, user.Email)).Count == 2,
            "the second mail has not come"
        );
        Assert.NotEqual(first.Token, (await ReceivedMail.WaitForAsync(app, user.Email, "Confirm")).Token);
    }

    [Fact]
    public async Task A_new_address_takes_effect_on_confirmation_and_notifies_the_old_one()
    {
        var (user, wanted) = (await TestUser.RegisterAsync(app), TestUser.NewEmail());
        using var asked = await user.Http.PutAsJsonAsync(
            "/api/users/me/email",
            new { email = $" {wanted.ToUpperInvariant()} ", current_password = TestUser.Password }
        );
        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        var token = (await ReceivedMail.WaitForAsync(app, wanted, "Confirm your new e-mail address")).Token;
        using var before = await user.Http.GetAsync("/api/users/me");
        Assert.Equal(user.Email, (await before.ReadDataAsync()).GetProperty("email").GetString());

        // Sent early enough for the owner to prevent the change.
        var ordered = await ReceivedMail.WaitForAsync(app, user.Email, "Another e-mail address was requested");
        Assert.DoesNotContain(wanted, ordered.Text, StringComparison.Ordinal);

        var elsewhere = await TestUser.LogInAsync(app, user.Email);
        using var confirmed = await user.Http.PostAsJsonAsync("/api/auth/confirm-email", new { token });
        Assert.Equal(HttpStatusCode.OK, confirmed.StatusCode);
        using var mine = await user.Http.GetAsync("/api/users/me");
        using var other = await elsewhere.Http.GetAsync("/api/users/me");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (mine.StatusCode, other.StatusCode));
        await TestUser.LogInAsync(app, wanted);
        var notice = await ReceivedMail.WaitForAsync(app, user.Email, "e-mail address was changed");
        // Masked, because the old mailbox may belong to another person by now.
        Assert.DoesNotContain(wanted, notice.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_taken_address_gets_the_same_response_and_no_mail()
    {
        var (user, other) = (await TestUser.RegisterAsync(app), await TestUser.RegisterAsync(app));
        using var taken = await user.Http.PutAsJsonAsync(
            "/api/users/me/email",
            new { email = other.Email, current_password = TestUser.Password }
        );
        using var free = await user.Http.PutAsJsonAsync(
            "/api/users/me/email",
            new { email = TestUser.NewEmail(), current_password = TestUser.Password }
        );

        Assert.Equal(await free.Content.ReadAsStringAsync(), await taken.Content.ReadAsStringAsync());
        await app.DrainAsync();
        Assert.DoesNotContain(
            await ReceivedMail.AllToAsync(app, other.Email),
            mail => mail.Subject.Contains("new e-mail address", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Concurrent_confirmations_of_one_address_succeed_once()
    {
        var wanted = TestUser.NewEmail();
        var tokens = new List<string>();
        foreach (var user in new[] { await TestUser.RegisterAsync(app), await TestUser.RegisterAsync(app) })
        {
            using var asked = await user.Http.PutAsJsonAsync(
                "/api/users/me/email",
                new { email = wanted, current_password = TestUser.Password }
            );
            await Eventually.HoldsAsync(
                async () => (await ReceivedMail.AllToAsync(app, wanted)).Count == tokens.Count + 1,
                "no mail has come"
            );
            tokens.Add((await ReceivedMail.AllToAsync(app, wanted)).Select(mail => mail.Token).Except(tokens).Single());
        }

        using var client = app.NewClient();
        var answers = await Task.WhenAll(
            tokens.Select(token => client.PostAsJsonAsync("/api/auth/confirm-email", new { token, password = TestUser.Password }))
        );
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], answers.Select(answer => answer.StatusCode).Order());
    }

    // If an attacker registers another person's address, the owner of the mailbox must not verify it for the attacker.
    [Theory]
    [InlineData("verify-email")]
    [InlineData("confirm-email")]
    public async Task A_mailed_link_confirms_an_address_only_for_its_requester(string route)
    {
        var (squatter, stranger) = (await TestUser.RegisterAsync(app), await TestUser.RegisterAsync(app));
        var (address, token) = await OrderAsync(squatter, route);
        using var nobody = app.NewClient();
        foreach (var client in new[] { nobody, stranger.Http })
        {
            using var unproved = await client.PostAsJsonAsync($"/api/auth/{route}", new { token });
            Assert.Equal("PROOF_REQUIRED", await unproved.ReadProblemAsync(HttpStatusCode.Forbidden));
        }

        using var guessed = await nobody.PostAsJsonAsync($"/api/auth/{route}", new { token, password = "Wrong1234" });
        Assert.Equal("WRONG_PASSWORD", await guessed.ReadProblemAsync(HttpStatusCode.Forbidden));
        Assert.False(await IsVerifiedAsync(squatter));

        // From then on the account belongs to the owner of the mailbox alone.
        using var taken = await nobody.PostAsJsonAsync($"/api/auth/{route}", new { token, new_password = "Difference1822" });
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        using var squatters = await squatter.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.Unauthorized, squatters.StatusCode);
        Assert.True(await IsVerifiedAsync(await TestUser.LogInAsync(app, address, "Difference1822")));
    }

    [Theory]
    [InlineData("verify-email")]
    [InlineData("confirm-email")]
    public async Task An_address_is_confirmed_anonymously_with_the_account_password(string route)
    {
        var user = await TestUser.RegisterAsync(app);
        var (address, token) = await OrderAsync(user, route);
        using var nobody = app.NewClient();
        using var confirmed = await nobody.PostAsJsonAsync($"/api/auth/{route}", new { token, password = TestUser.Password });
        Assert.Equal(HttpStatusCode.OK, confirmed.StatusCode);
        Assert.True(await IsVerifiedAsync(await TestUser.LogInAsync(app, address)));
    }

    [Fact]
    public async Task Changing_the_address_requires_the_current_password()
    {
        var user = await TestUser.RegisterAsync(app);
        using var answer = await user.Http.PutAsJsonAsync(
            "/api/users/me/email",
            new { email = TestUser.NewEmail(), current_password = "Wrong1234" }
        );
        Assert.Equal("WRONG_PASSWORD", await answer.ReadProblemAsync(HttpStatusCode.Forbidden));
    }

    [Theory]
    [InlineData("verify-email")]
    [InlineData("reset-password")]
    [InlineData("change-email")]
    public async Task Each_mailed_link_opens_a_page_that_runs_only_its_own_script(string page)
    {
        using var client = app.NewClient();
        using var answer = await client.GetAsync($"/account/{page}");

        Assert.Equal(("text/html", HttpStatusCode.OK), (answer.Content.Headers.ContentType?.MediaType, answer.StatusCode));
        Assert.Contains("script-src 'self'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        foreach (var part in new[] { "/account/account.js", "/design/design.css", "/design/logo.svg" })
        {
            using var found = await client.GetAsync(part);
            Assert.Equal(HttpStatusCode.OK, found.StatusCode);
        }
    }

    private async Task<(string Address, string Token)> OrderAsync(TestUser user, string route)
    {
        if (route == "verify-email")
        {
            return (user.Email, (await ReceivedMail.WaitForAsync(app, user.Email, "Confirm your e-mail address")).Token);
        }

        var wanted = TestUser.NewEmail();
        using var asked = await user.Http.PutAsJsonAsync(
            "/api/users/me/email",
            new { email = wanted, current_password = TestUser.Password }
        );
        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        return (wanted, (await ReceivedMail.WaitForAsync(app, wanted, "Confirm your new e-mail address")).Token);
    }

    private static async Task<bool> IsVerifiedAsync(TestUser user)
    {
        using var profile = await user.Http.GetAsync("/api/users/me");
        return (await profile.ReadDataAsync()).GetProperty("email_verified").GetBoolean();
    }
}

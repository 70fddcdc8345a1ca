using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Accounts;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Mfa;

/// <summary>Tests passkeys with an authenticator in software, and attacks on them.</summary>
public sealed class PasskeyTests(SaaSApp app)
{
    private const string Passkeys = "/api/users/me/factors/passkeys";

    [Fact]
    public async Task A_passkey_signs_in_without_user_name_and_password()
    {
        var user = await TestUser.RegisterAsync(app);
        using var passkey = await SoftwarePasskey.AddAsync(app, user.Http);
        Assert.Equal(10, passkey.RecoveryCodes.Length);
        using var anonymous = app.NewClient();
        using var answer = await passkey.SignInAsync(anonymous);
        var signedIn = await answer.ReadAsync(HttpStatusCode.OK);

        Assert.Equal(user.Id, signedIn.GetProperty("user").IdOf());
        using var client = app.NewClient(signedIn.GetProperty("access_token").GetString());
        using var sessions = await client.GetAsync("/api/users/me/sessions");
        var current = (await sessions.ReadDataAsync())
            .GetProperty("sessions")
            .EnumerateArray()
            .Single(session => session.GetProperty("is_current").GetBoolean());
        Assert.Equal("""["pop","mfa"]""", current.GetProperty("amr").GetRawText());
    }

    [Fact]
    public async Task Several_passkeys_have_names_and_backup_flags()
    {
        var user = await TestUser.RegisterAsync(app);
        using var laptop = await SoftwarePasskey.AddAsync(app, user.Http, "Laptop");
        using var key = await SoftwarePasskey.AddAsync(app, user.Http, "Security key");
        Assert.Empty(key.RecoveryCodes); // those of the first factor remain

        using var listed = await user.Http.GetAsync("/api/users/me/factors");
        var factors = (await listed.ReadDataAsync()).GetProperty("factors").EnumerateArray().ToList();
        Assert.Equal(["Laptop", "Security key"], factors.Select(factor => factor.GetProperty("name").GetString()));
        Assert.All(factors, factor => Assert.True(factor.GetProperty("is_backed_up").GetBoolean()));
        await ReceivedMail.WaitForAsync(app, user.Email, "A second factor was added");
    }

    [Fact]
    public async Task A_passkey_is_a_second_factor_and_need_not_verify_its_user_then()
    {
        var user = await TestUser.RegisterAsync(app);
        using var passkey = await SoftwarePasskey.AddAsync(app, user.Http);
        passkey.VerifiesUser = false;
        using var anonymous = app.NewClient();
        using var alone = await passkey.SignInAsync(anonymous);
        Assert.Equal("PASSKEY_REJECTED", await alone.ReadProblemAsync(HttpStatusCode.Forbidden));

        var token = await Authenticator.GivePasswordAsync(anonymous, user.Email);
        using var answer = await ProveAsync(anonymous, passkey, token);
        Assert.Equal(user.Id, (await answer.ReadAsync(HttpStatusCode.OK)).GetProperty("user").IdOf());
    }

    [Fact]
    public async Task A_passkey_of_another_account_is_refused()
    {
        var (victim, thief) = (await TestUser.RegisterAsync(app), await TestUser.RegisterAsync(app));
        using var theirs = await SoftwarePasskey.AddAsync(app, victim.Http);
        using var own = await SoftwarePasskey.AddAsync(app, thief.Http);
        using var anonymous = app.NewClient();

        var token = await Authenticator.GivePasswordAsync(anonymous, victim.Email);
        using var foreign = await ProveAsync(anonymous, own, token);
        Assert.Equal("PASSKEY_REJECTED", await foreign.ReadProblemAsync(HttpStatusCode.Forbidden));

        // A challenge of another account, or of another purpose, is not good either.
        var thiefs = await SoftwarePasskey.BeginAsync(
            anonymous,
            "/api/auth/mfa/passkey/options",
            new { mfa_token = await Authenticator.GivePasswordAsync(anonymous, thief.Email) }
        );
        using var mixed = await anonymous.PostAsJsonAsync(
            "/api/auth/mfa/passkey",
            new { mfa_token = token, credential = theirs.Sign(thiefs) }
        );
        Assert.Equal("PASSKEY_REJECTED", await mixed.ReadProblemAsync(HttpStatusCode.Forbidden));
        var stepUp = await SoftwarePasskey.BeginAsync(thief.Http, "/api/auth/step-up/passkey/options");
        using var purpose = await anonymous.PostAsJsonAsync("/api/auth/passkey", new { credential = own.Sign(stepUp) });
        Assert.Equal("PASSKEY_REJECTED", await purpose.ReadProblemAsync(HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task A_counter_that_goes_back_is_refused_and_audited()
    {
        var user = await TestUser.RegisterAsync(app);
        using var passkey = await SoftwarePasskey.AddAsync(app, user.Http);
        using var anonymous = app.NewClient();
        using var first = await passkey.SignInAsync(anonymous);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);

        passkey.SignCount -= 1; // a copy of the key signs with the same count again
        using var copied = await passkey.SignInAsync(anonymous);
        Assert.Equal("PASSKEY_REJECTED", await copied.ReadProblemAsync(HttpStatusCode.Forbidden));
        Assert.Equal(
            1,
            await app.InControlAsync(db =>
                db.AuditEntries.CountAsync(entry => entry.Action == "factor.counter_went_back" && entry.SubjectId == passkey.FactorId)
            )
        );
        passkey.SignCount += 5;
        using var next = await passkey.SignInAsync(anonymous);
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task A_challenge_is_accepted_once_and_from_our_pages_only()
    {
        var user = await TestUser.RegisterAsync(app);
        using var passkey = await SoftwarePasskey.AddAsync(app, user.Http);
        using var anonymous = app.NewClient();
        var options = await SoftwarePasskey.BeginAsync(anonymous, "/api/auth/passkey/options");
        using var first = await anonymous.PostAsJsonAsync("/api/auth/passkey", new { credential = passkey.Sign(options) });
        using var second = await anonymous.PostAsJsonAsync("/api/auth/passkey", new { credential = passkey.Sign(options) });
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal("PASSKEY_REJECTED", await second.ReadProblemAsync(HttpStatusCode.Forbidden));

        passkey.Origin = "https://login.example.net";
        using var phished = await passkey.SignInAsync(anonymous);
        Assert.Equal("PASSKEY_REJECTED", await phished.ReadProblemAsync(HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task A_registration_answers_the_own_challenge_once()
    {
        var (user, other) = (await TestUser.RegisterAsync(app), await TestUser.RegisterAsync(app));
        using var passkey = SoftwarePasskey.Create(app);
        var options = await SoftwarePasskey.BeginAsync(user.Http, $"{Passkeys}/options");
        using var foreign = await AddAsync(other, passkey.Register(options));
        Assert.Equal("PASSKEY_REJECTED", await foreign.ReadProblemAsync(HttpStatusCode.Forbidden));
        using var own = await AddAsync(user, passkey.Register(options));
        Assert.Equal(HttpStatusCode.Created, own.StatusCode);
        using var repeated = await AddAsync(user, passkey.Register(options));
        Assert.Equal("PASSKEY_REJECTED", await repeated.ReadProblemAsync(HttpStatusCode.Forbidden));

        // Nor can another account register the same credential.
        var theirs = await SoftwarePasskey.BeginAsync(other.Http, $"{Passkeys}/options");
        using var copied = await AddAsync(other, passkey.Register(theirs));
        Assert.Equal("PASSKEY_REJECTED", await copied.ReadProblemAsync(HttpStatusCode.Forbidden));
        using var nonsense = await AddAsync(other, new { id = 1 });
        Assert.Equal("PASSKEY_REJECTED", await nonsense.ReadProblemAsync(HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task A_removed_passkey_and_that_of_an_inactive_account_sign_nobody_in()
    {
        var user = await TestUser.RegisterAsync(app);
        using var passkey = await SoftwarePasskey.AddAsync(app, user.Http);
        using var anonymous = app.NewClient();
        await app.InControlAsync(db =>
            db.Users.Where(one => one.Id == user.Id).ExecuteUpdateAsync(set => set.SetProperty(one => one.IsActive, false))
        );
        using var inactive = await passkey.SignInAsync(anonymous);
        Assert.Equal("ACCOUNT_INACTIVE", await inactive.ReadProblemAsync(HttpStatusCode.Forbidden));
        await app.InControlAsync(db =>
            db.Users.Where(one => one.Id == user.Id).ExecuteUpdateAsync(set => set.SetProperty(one => one.IsActive, true))
        );

        using var removed = await user.Http.DeleteAsync($"/api/users/me/factors/{passkey.FactorId}");
        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        using var late = await passkey.SignInAsync(anonymous);
        Assert.Equal("PASSKEY_REJECTED", await late.ReadProblemAsync(HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task A_passkey_steps_up()
    {
        var user = await TestUser.RegisterAsync(app);
        using var passkey = await SoftwarePasskey.AddAsync(app, user.Http);
        var options = await SoftwarePasskey.BeginAsync(user.Http, "/api/auth/step-up/passkey/options");
        using var proved = await user.Http.PostAsJsonAsync("/api/auth/step-up", new { credential = passkey.Sign(options) });
        Assert.Equal(JsonValueKind.String, (await proved.ReadDataAsync()).GetProperty("valid_until").ValueKind);
        using var replayed = await user.Http.PostAsJsonAsync("/api/auth/step-up", new { credential = passkey.Sign(options) });
        Assert.Equal("PASSKEY_REJECTED", await replayed.ReadProblemAsync(HttpStatusCode.Forbidden));
    }

    private static Task<HttpResponseMessage> AddAsync(TestUser user, object credential) =>
        user.Http.PostAsJsonAsync(Passkeys, new { name = "Laptop", credential });

    private static async Task<HttpResponseMessage> ProveAsync(HttpClient client, SoftwarePasskey passkey, string token)
    {
        var options = await SoftwarePasskey.BeginAsync(client, "/api/auth/mfa/passkey/options", new { mfa_token = token });
        return await client.PostAsJsonAsync("/api/auth/mfa/passkey", new { mfa_token = token, credential = passkey.Sign(options) });
    }
}

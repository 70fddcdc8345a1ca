using System.Net.Http.Json;
using System.Text.Json;
using System.Xml.Linq;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Identity.Factors;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Mfa;

/// <summary>Tests the registration and removal of second factors.</summary>
public sealed class FactorTests(SaaSApp app)
{
    private const string Factors = "/api/users/me/factors";

    [Fact]
    public async Task A_registration_returns_a_secret_an_otpauth_URI_and_a_QR_code()
    {
        var user = await TestUser.RegisterAsync(app);
        var begun = await Authenticator.BeginAsync(user.Http);

        var secret = begun.GetProperty("secret").GetString()!;
        Assert.Matches("^[A-Z2-7]{32}$", secret); // 20 bytes
        var uri = begun.GetProperty("otpauth_uri").GetString()!;
        Assert.StartsWith("otpauth://totp/", uri, StringComparison.Ordinal);
        Assert.Contains($"secret={secret}", uri, StringComparison.Ordinal);
        Assert.Equal("svg", XDocument.Parse(begun.GetProperty("qr_code_svg").GetString()!).Root!.Name.LocalName);
        Assert.Empty((await ListAsync(user.Http)).GetProperty("factors").EnumerateArray());
        await TestUser.LogInAsync(app, user.Email); // it has no effect before it is confirmed
    }

    [Fact]
    public async Task A_confirmed_authenticator_is_listed_and_ends_other_sessions_but_its_own()
    {
        var user = await TestUser.RegisterAsync(app);
        var other = await TestUser.LogInAsync(app, user.Email);
        var authenticator = await Authenticator.AddAsync(app, user.Http);

        Assert.Equal(10, authenticator.RecoveryCodes.Distinct().Count());
        Assert.All(authenticator.RecoveryCodes, code => Assert.Matches("^[0-9a-z]{4}(-[0-9a-z]{4}){3}$", code));
        var listed = await ListAsync(user.Http);
        var factor = Assert.Single(listed.GetProperty("factors").EnumerateArray());
        Assert.Equal(
            (authenticator.FactorId, "totp", "Authenticator app", 10),
            (
                factor.IdOf(),
                factor.GetProperty("kind").GetString(),
                factor.GetProperty("name").GetString(),
                listed.GetProperty("recovery_codes_left").GetInt32()
            )
        );
        using var ended = await other.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.Unauthorized, ended.StatusCode);
        await ReceivedMail.WaitForAsync(app, user.Email, "A second factor was added");
    }

    [Fact]
    public async Task A_wrong_code_confirms_nothing_and_a_second_authenticator_is_refused()
    {
        var user = await TestUser.RegisterAsync(app);
        using var early = await ConfirmAsync(user.Http, "123456");
        Assert.Equal("TOTP_NOT_BEGUN", await early.ReadProblemAsync(HttpStatusCode.Conflict));

        var begun = await Authenticator.BeginAsync(user.Http);
        var pending = new Authenticator(app, begun.GetProperty("factor_id").GetGuid(), begun.GetProperty("secret").GetString()!, []);
        using var wrong = await ConfirmAsync(user.Http, pending.WrongCode());
        Assert.Equal("SECOND_FACTOR_WRONG", await wrong.ReadProblemAsync(HttpStatusCode.Forbidden));

        await Authenticator.AddAsync(app, user.Http); // starts over
        using var second = await user.Http.PostAsync($"{Factors}/totp", content: null);
        Assert.Equal("TOTP_EXISTS", await second.ReadProblemAsync(HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task Secrets_are_encrypted_and_recovery_codes_hashed()
    {
        var user = await TestUser.RegisterAsync(app);
        var authenticator = await Authenticator.AddAsync(app, user.Http);
        var (secret, hashes) = await app.InControlAsync(async db =>
            (
                await db.Factors.Where(factor => factor.UserId == user.Id).Select(factor => factor.EncryptedSecret).SingleAsync(),
                await db.RecoveryCodes.Where(code => code.UserId == user.Id).Select(code => code.CodeHash).ToListAsync()
            )
        );

        Assert.StartsWith("ring:v", secret, StringComparison.Ordinal);
        Assert.DoesNotContain(authenticator.Secret, secret, StringComparison.Ordinal);
        Assert.Equal(10, hashes.Count);
        Assert.All(hashes, hash => Assert.Matches("^[0-9a-f]{64}$", hash));
    }

    [Fact]
    public async Task A_factor_of_another_account_cannot_be_removed()
    {
        var (owner, thief) = (await TestUser.RegisterAsync(app), await TestUser.RegisterAsync(app));
        var authenticator = await Authenticator.AddAsync(app, owner.Http);
        await Authenticator.AddAsync(app, thief.Http);

        using var removed = await thief.Http.DeleteAsync($"{Factors}/{authenticator.FactorId}");
        Assert.Equal("NOT_FOUND", await removed.ReadProblemAsync(HttpStatusCode.NotFound));
        Assert.Single((await ListAsync(owner.Http)).GetProperty("factors").EnumerateArray());
    }

    [Fact]
    public async Task A_removed_factor_is_not_asked_for_and_takes_pending_sign_ins_and_recovery_codes_with_it()
    {
        var user = await TestUser.RegisterAsync(app);
        var authenticator = await Authenticator.AddAsync(app, user.Http);
        using var anonymous = app.NewClient();
        var pending = await Authenticator.GivePasswordAsync(anonymous, user.Email);

        using var removed = await user.Http.DeleteAsync($"{Factors}/{authenticator.FactorId}");
        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        using var late = await anonymous.PostAsJsonAsync(
            "/api/auth/mfa/recovery",
            new { mfa_token = pending, code = authenticator.RecoveryCodes[0] }
        );
        Assert.Equal("MFA_TOKEN_INVALID", await late.ReadProblemAsync(HttpStatusCode.Unauthorized));
        Assert.Equal(0, (await ListAsync(user.Http)).GetProperty("recovery_codes_left").GetInt32());
        await TestUser.LogInAsync(app, user.Email);
        await ReceivedMail.WaitForAsync(app, user.Email, "A second factor was removed");
    }

    [Fact]
    public async Task New_recovery_codes_replace_the_old_ones()
    {
        var user = await TestUser.RegisterAsync(app);
        using var none = await user.Http.PostAsync($"{Factors}/recovery-codes", content: null);
        Assert.Equal("NO_SECOND_FACTOR", await none.ReadProblemAsync(HttpStatusCode.Conflict));

        var authenticator = await Authenticator.AddAsync(app, user.Http);
        using var replaced = await user.Http.PostAsync($"{Factors}/recovery-codes", content: null);
        var codes = (await replaced.ReadDataAsync())
            .GetProperty("recovery_codes")
            .EnumerateArray()
            .Select(code => code.GetString()!)
            .ToList();
        Assert.Equal(10, codes.Count);

        using var anonymous = app.NewClient();
        var token = await Authenticator.GivePasswordAsync(anonymous, user.Email);
        using var old = await anonymous.PostAsJsonAsync(
            "/api/auth/mfa/recovery",
            new { mfa_token = token, code = authenticator.RecoveryCodes[0] }
        );
        Assert.Equal("SECOND_FACTOR_WRONG", await old.ReadProblemAsync(HttpStatusCode.Forbidden));
        using var @new = await anonymous.PostAsJsonAsync(
            "/api/auth/mfa/recovery",
            new { mfa_token = token, code = codes[0].ToUpperInvariant() }
        );
        Assert.Equal(HttpStatusCode.OK, @new.StatusCode);
    }

    private static Task<HttpResponseMessage> ConfirmAsync(HttpClient user, string code) =>
        user.PostAsJsonAsync($"{Factors}/totp/confirm", new { code });

    private static async Task<JsonElement> ListAsync(HttpClient user)
    {
        using var listed = await user.GetAsync(Factors);
        return await listed.ReadDataAsync();
    }
}

using System.Net.Http.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using OtpNet;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Identity.Sso;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Credentials;

/// <summary>
/// Tests every kind of outstanding credential against every action that changes an account's owner, secret or membership.
/// </summary>
public sealed class CredentialRevocationTests(SsoApi sso) : IClassFixture<SsoApi>
{
    private const string New = "Difference1822";

    // Credentials of the account, then those of the tenant.
    private static readonly string[] OfAccount =
    [
        "session",
        "refresh token",
        "verification link",
        "reset link",
        "address change link",
        "pending link",
    ];
    private static readonly string[] OfTenant =
    [
        "sso session",
        "break-glass session",
        "break-glass registration",
        "sso code",
        "download link",
    ];

    public static TheoryData<string> Kinds() => [.. OfAccount, .. OfTenant];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Issued_credentials_are_valid_until_revoked(string kind)
    {
        await using var account = await OutstandingCredentials.IssueAsync(sso);
        Assert.True(await account.IsValidAsync(kind));
    }

    [Theory]
    [InlineData("the owner resets the password")]
    [InlineData("the owner changes the password")]
    [InlineData("the owner confirms another address")]
    [InlineData("the owner of the mailbox verifies it with a new password")]
    [InlineData("the owner comes from a proved domain")]
    [InlineData("an operator deactivates the account")]
    [InlineData("an operator deactivates and reactivates the account")]
    public async Task A_change_of_owner_or_secret_revokes_all_credentials(string act)
    {
        await using var account = await OutstandingCredentials.IssueAsync(sso);
        await DoAsync(act, account);
        await AssertRevokedAsync(account, [.. OfAccount, .. OfTenant], act);
    }

    [Theory]
    [InlineData("an admin removes the member")]
    [InlineData("an admin removes the member and adds them again")]
    [InlineData("the member leaves and is added again")]
    public async Task Removal_from_a_tenant_revokes_its_credentials(string act)
    {
        await using var account = await OutstandingCredentials.IssueAsync(sso);
        await DoAsync(act, account);
        await AssertRevokedAsync(account, OfTenant, act);
        Assert.True(await account.IsValidAsync("session")); // the account itself is unchanged
    }

    [Fact]
    public async Task A_demoted_admin_loses_break_glass_access_even_after_promotion()
    {
        await using var account = await OutstandingCredentials.IssueAsync(sso);
        foreach (var role in new[] { "user", "admin" })
        {
            using var changed = await account.Tenant.Admin.PutAsJsonAsync(
                $"/api/tenants/{account.Tenant.Id}/users/{account.User.Id}",
                new { role }
            );
            Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        }

        await AssertRevokedAsync(account, ["break-glass session", "break-glass registration"], "demotion");
        foreach (var kind in new[] { "session", "sso session", "sso code", "download link" })
        {
            Assert.True(await account.IsValidAsync(kind), $"A member who stays one has lost: {kind}");
        }
    }

    [Fact]
    public async Task Unlinking_an_identity_ends_only_the_sessions_it_opened()
    {
        await using var account = await OutstandingCredentials.IssueAsync(sso);
        using var unlinked = await account.Owner.DeleteAsync($"/api/users/me/sso-identities/{account.Tenant.Id}");
        await unlinked.ReadAsync(HttpStatusCode.OK);

        await AssertRevokedAsync(account, ["sso session", "sso code"], "unlinking");
        foreach (var kind in new[] { "session", "break-glass session" })
        {
            Assert.True(await account.IsValidAsync(kind), $"Unlinking has ended: {kind}");
        }
    }

    [Fact]
    public async Task A_changed_client_application_ends_only_single_sign_on_sessions()
    {
        await using var account = await OutstandingCredentials.IssueAsync(sso);
        using var changed = await account.Tenant.Admin.PutAsJsonAsync(
            $"{account.Tenant.Path}/config",
            new { client_id = "another-application" }
        );
        await changed.ReadAsync(HttpStatusCode.OK);

        await AssertRevokedAsync(account, ["sso session"], "another application");
        foreach (var kind in new[] { "session", "break-glass session" })
        {
            Assert.True(await account.IsValidAsync(kind), $"Another application has ended: {kind}");
        }
    }

    // The critical case: without revocation, a change of address that a squatter requested in advance would return the account to the
    // squatter.
    [Fact]
    public async Task A_squatter_cannot_regain_an_account_claimed_by_its_owner()
    {
        await using var account = await OutstandingCredentials.IssueAsync(sso);
        await DoAsync("the owner comes from a proved domain", account);
        Assert.False(await account.IsValidAsync("address change link"));

        using var client = sso.Api.NewClient();
        using var forgotten = await client.PostAsJsonAsync("/api/auth/forgot-password", new { email = account.WantedEmail });
        Assert.Equal(HttpStatusCode.OK, forgotten.StatusCode);
        await sso.App.DrainAsync();
        Assert.DoesNotContain(await ReceivedMail.AllToAsync(sso.App, account.WantedEmail), mail => mail.Subject == "Choose a new password");
        Assert.False(
            await sso.App.InControlAsync(db =>
                db.SsoIdentities.AnyAsync(identity => identity.UserId == account.User.Id && identity.TenantId == account.Tenant.Id)
            )
        );
    }

    [Fact]
    public async Task A_link_requested_after_a_revocation_is_mailed_immediately()
    {
        var user = await TestUser.RegisterAsync(sso.App);
        using var client = sso.Api.NewClient();
        await client.PostAsJsonAsync("/api/auth/forgot-password", new { email = user.Email });
        await ReceivedMail.WaitForAsync(sso.App, user.Email, "Choose a new password");
        using var changed = await user.Http.PutAsJsonAsync(
            "/api/users/me/password",
            new { current_password = TestUser.Password, new_password = New }
        );
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        await client.PostAsJsonAsync("/api/auth/forgot-password", new { email = user.Email });
        await sso.App.DrainAsync();
        Assert.Equal(2, (await ReceivedMail.AllToAsync(sso.App, user.Email)).Count(mail => mail.Subject == "Choose a new password"));
    }

    private async Task DoAsync(string act, OutstandingCredentials account)
    {
        using var anonymous = sso.Api.NewClient();
        switch (act)
        {
            case "the owner resets the password":
                using (
                    var reset = await anonymous.PostAsJsonAsync(
                        "/api/auth/reset-password",
                        new { token = account.OwnersResetToken, new_password = New }
                    )
                )
                {
                    await reset.ReadAsync(HttpStatusCode.OK);
                    account.Password = New;
                }

                break;
            case "the owner changes the password":
                using (
                    var changed = await account.Owner.PutAsJsonAsync(
                        "/api/users/me/password",
                        new { current_password = TestUser.Password, new_password = New }
                    )
                )
                {
                    await changed.ReadAsync(HttpStatusCode.OK);
                    account.Password = New;
                }

                break;
            case "the owner confirms another address":
                using (
                    var confirmed = await account.Owner.PostAsJsonAsync(
                        "/api/auth/confirm-email",
                        new { token = account.OwnersChangeToken }
                    )
                )
                {
                    await confirmed.ReadAsync(HttpStatusCode.OK);
                    account.Email = account.ChangedEmail;
                }

                break;
            case "the owner of the mailbox verifies it with a new password":
                using (
                    var verified = await anonymous.PostAsJsonAsync(
                        "/api/auth/verify-email",
                        new { token = account.VerifyToken, new_password = New }
                    )
                )
                {
                    await verified.ReadAsync(HttpStatusCode.OK);
                    account.Password = New;
                }

                break;
            case "the owner comes from a proved domain":
                await using (var owners = await SsoTenant.CreateAsync(sso))
                {
                    await owners.VerifyDomainAsync(account.User.Email.Split('@')[1]);
                    Assert.Equal(account.User.Id, (await owners.EnterAsync(owners.AddPerson(account.User.Email))).Id);
                }

                break;
            case "an operator deactivates the account":
                await OperateAsync(account, "deactivate");
                break;
            case "an operator deactivates and reactivates the account":
                await OperateAsync(account, "deactivate");
                await OperateAsync(account, "reactivate");
                break;
            case "an admin removes the member":
                await RemoveAsync(account, account.Tenant.Admin);
                break;
            case "an admin removes the member and adds them again":
                await RemoveAsync(account, account.Tenant.Admin);
                await AddAsync(account);
                break;
            case "the member leaves and is added again":
                await RemoveAsync(account, account.Owner);
                await AddAsync(account);
                break;
        }
    }

    private async Task OperateAsync(OutstandingCredentials account, string what)
    {
        var operating = await TestUser.OperatorAsync(sso.App);
        using var done = await operating.Http.PostAsync($"/api/admin/users/{account.User.Id}/{what}", content: null);
        await done.ReadAsync(HttpStatusCode.OK);
    }

    private static async Task RemoveAsync(OutstandingCredentials account, HttpClient remover)
    {
        using var removed = await remover.DeleteAsync($"/api/tenants/{account.Tenant.Id}/users/{account.User.Id}");
        await removed.ReadAsync(HttpStatusCode.OK);
    }

    private static async Task AddAsync(OutstandingCredentials account)
    {
        using var added = await account.Tenant.Admin.PostAsJsonAsync(
            $"/api/tenants/{account.Tenant.Id}/users",
            new { user_id = account.User.Id, role = "admin" }
        );
        await added.ReadAsync(HttpStatusCode.Created);
    }

    private static async Task AssertRevokedAsync(OutstandingCredentials account, string[] kinds, string act)
    {
        var valid = new List<string>();
        foreach (var kind in kinds)
        {
            if (await account.IsValidAsync(kind))
            {
                valid.Add(kind);
            }
        }

        Assert.True(valid.Count == 0, $"After '{act}' these are still valid: {string.Join(", ", valid)}");
    }

    /// <summary>An account that is an admin of a tenant and has one outstanding credential of every kind.</summary>
    private sealed class OutstandingCredentials : IAsyncDisposable
    {
        private readonly SsoApi _sso;
        private readonly SsoTenant _pending;
        private readonly Dictionary<string, Func<Task<HttpResponseMessage>>> _uses = [];

        private OutstandingCredentials(SsoApi sso, SsoTenant tenant, SsoTenant pending, TestUser user)
        {
            (_sso, Tenant, _pending, User, Email) = (sso, tenant, pending, user, user.Email);
            Owner = sso.Api.NewClient(user.AccessToken);
        }

        public SsoTenant Tenant { get; }

        public TestUser User { get; }

        /// <summary>The session that stays valid where an action spares one.</summary>
        public HttpClient Owner { get; }

        public string WantedEmail { get; } = TestUser.NewEmail();

        public string ChangedEmail { get; } = TestUser.NewEmail();

        /// <summary>The address with which the account signs in now, so that an attempt can fail only because of revocation.</summary>
        public string Email { get; set; }

        public string Password { get; set; } = TestUser.Password;

        public string VerifyToken { get; private set; } = "";

        /// <summary>A reset token for the owner's own action, separate from the credential under test.</summary>
        public string OwnersResetToken { get; private set; } = "";

        public string OwnersChangeToken { get; private set; } = "";

        public static async Task<OutstandingCredentials> IssueAsync(SsoApi sso)
        {
            var tenant = await SsoTenant.CreateAsync(sso);
            var pending = await SsoTenant.CreateAsync(sso);
            var account = new OutstandingCredentials(sso, tenant, pending, await RegisterAsync(sso, $"ada@{tenant.Id:N}.example.com"));
            await AddAsync(account);
            await account.IssueSessionsAsync();
            await account.IssueLinksAsync();
            await account.IssueBreakGlassAsync();
            await account.IssueSsoAsync();
            await account.IssueDownloadAsync();
            return account;
        }

        /// <summary>Uses the credential as its holder would, and returns whether it is still valid.</summary>
        public async Task<bool> IsValidAsync(string kind)
        {
            using var answer = await _uses[kind]();
            Assert.True((int)answer.StatusCode < 500, $"{kind}: {(int)answer.StatusCode}");
            return answer.IsSuccessStatusCode
                && !(await answer.Content.ReadAsStringAsync()).Contains(" already ", StringComparison.Ordinal); // a repeat without effect
        }

        public async ValueTask DisposeAsync()
        {
            Owner.Dispose();
            await _pending.DisposeAsync();
            await Tenant.DisposeAsync();
        }

        private static async Task<TestUser> RegisterAsync(SsoApi sso, string email)
        {
            using var anonymous = sso.Api.NewClient();
            using var registered = await anonymous.PostAsJsonAsync(
                "/api/auth/register",
                new
                {
                    first_name = "Ada",
                    last_name = "Lovelace",
                    email,
                    password = TestUser.Password,
                }
            );
            await registered.ReadAsync(HttpStatusCode.Created);
            return await TestUser.LogInAsync(sso.Api, email);
        }

        private async Task IssueSessionsAsync()
        {
            var (session, refreshed) = (await TestUser.LogInAsync(_sso.Api, User.Email), await TestUser.LogInAsync(_sso.Api, User.Email));
            _uses["session"] = () => session.Http.GetAsync("/api/users/me");
            _uses["refresh token"] = () => PostAsync("/api/auth/refresh", new { refresh_token = refreshed.RefreshToken });
        }

        private async Task IssueLinksAsync()
        {
            VerifyToken = (await ReceivedMail.WaitForAsync(_sso.App, User.Email, "Confirm your e-mail address")).Token;
            OwnersChangeToken = await ChangeEmailAsync(ChangedEmail);
            var change = await ChangeEmailAsync(WantedEmail);
            using var forgotten = await PostAsync("/api/auth/forgot-password", new { email = User.Email });
            OwnersResetToken = (await ReceivedMail.WaitForAsync(_sso.App, User.Email, "Choose a new password")).Token;

            // Requests a second mail after the minimum interval between two mails.
            await _sso.App.InControlAsync(db =>
                db.MailedLinks.Where(link => link.UserId == User.Id)
                    .ExecuteUpdateAsync(set => set.SetProperty(link => link.CreatedAt, link => link.CreatedAt.AddMinutes(-5)))
            );
            using var again = await PostAsync("/api/auth/forgot-password", new { email = User.Email });
            await Eventually.HoldsAsync(async () => (await ResetMailsAsync()).Count == 2, "the second mail has not come");
            var reset = (await ResetMailsAsync()).Select(mail => mail.Token).Except([OwnersResetToken]).Single();

            // A new password is sent, so that only the link itself decides.
            _uses["verification link"] = () =>
                PostAsync("/api/auth/verify-email", new { token = VerifyToken, new_password = "Squatter1843" });
            _uses["address change link"] = () =>
                PostAsync("/api/auth/confirm-email", new { token = change, new_password = "Squatter1843" });
            _uses["reset link"] = () => PostAsync("/api/auth/reset-password", new { token = reset, new_password = "Squatter1843" });

            async Task<List<ReceivedMail>> ResetMailsAsync() =>
                [.. (await ReceivedMail.AllToAsync(_sso.App, User.Email)).Where(mail => mail.Subject == "Choose a new password")];
        }

        private async Task<string> ChangeEmailAsync(string wanted)
        {
            using var asked = await Owner.PutAsJsonAsync(
                "/api/users/me/email",
                new { email = wanted, current_password = TestUser.Password }
            );
            await asked.ReadAsync(HttpStatusCode.OK);
            return (await ReceivedMail.WaitForAsync(_sso.App, wanted, "Confirm your new e-mail address")).Token;
        }

        private async Task IssueBreakGlassAsync()
        {
            using var named = await Owner.PostAsync($"{Tenant.Path}/break-glass", content: null);
            var authenticator = new Totp(Base32Encoding.ToBytes((await named.ReadDataAsync()).GetProperty("secret").GetString()));
            using var confirmed = await Owner.PostAsJsonAsync($"{Tenant.Path}/break-glass/confirm", new { code = Code(-30) });
            await confirmed.ReadAsync(HttpStatusCode.OK);
            using var entered = await SignInAsync(Code(0));
            var inside = _sso.Api.NewClient((await entered.ReadAsync(HttpStatusCode.OK)).GetProperty("access_token").GetString());
            _uses["break-glass session"] = () => inside.GetAsync("/api/users/me");
            _uses["break-glass registration"] = () => SignInAsync(Code(30));

            string Code(int seconds) => authenticator.ComputeTotp(_sso.Clock.GetUtcNow().UtcDateTime.AddSeconds(seconds));
            Task<HttpResponseMessage> SignInAsync(string code) =>
                PostAsync(
                    $"/api/auth/sso/break-glass/{Tenant.Id}",
                    new
                    {
                        email = Email,
                        password = Password,
                        code,
                    }
                );
        }

        private async Task IssueSsoAsync()
        {
            var person = Tenant.AddPerson(User.Email);
            var member = await Tenant.LinkAsync(person);
            using var begun = await Tenant.SignInAsync(person, $"{SsoApi.Product}/");
            var code = QueryHelpers.ParseQuery(begun.Headers.Location!.Query)["code"].ToString();
            using var other = await _pending.SignInAsync(_pending.AddPerson(User.Email));
            var link = (await other.ReadAsync(HttpStatusCode.Forbidden))
                .GetProperty("error")
                .GetProperty("details")
                .GetProperty("link_code")[0]
                .GetString();

            _uses["sso session"] = () => member.Http.GetAsync("/api/users/me");
            _uses["sso code"] = () => PostAsync("/api/auth/sso/exchange", new { code, verifier = SsoTenant.Verifier });
            _uses["pending link"] = () => PostAsync("/api/auth/sso/link", new { link_code = link, password = Password });
        }

        private async Task IssueDownloadAsync()
        {
            var document = await Tenant.Tenant.UploadAsync("kept"u8.ToArray(), uploader: Owner);
            using var made = await Owner.GetAsync($"/api/tenants/{Tenant.Id}/documents/{document.IdOf()}/download-url");
            var address = new Uri((await made.ReadDataAsync()).GetProperty("download_url").GetString()!).PathAndQuery;
            var nobody = _sso.Api.NewClient();
            _uses["download link"] = () => nobody.GetAsync(address);
        }

        private async Task<HttpResponseMessage> PostAsync(string path, object body)
        {
            using var client = _sso.Api.NewClient();
            return await client.PostAsJsonAsync(path, body);
        }
    }
}

using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OtpNet;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Documents.Files;
using SaaS.Core.Identity.Sso;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Auditing;

/// <summary>Tests the audit entries of the use cases over HTTP, which are listed in <see cref="AuditTable"/>.</summary>
public sealed class AuditedUseCaseTests(SsoApi sso) : IClassFixture<SsoApi>
{
    private const string NewPassword = "Difference1822";

    private readonly SaaSApp _app = sso.App;

    [Fact]
    public async Task Account_use_cases_are_audited()
    {
        var user = await TestUser.RegisterAsync(_app);
        var anonymous = _app.NewClient();
        var verify = await ReceivedMail.WaitForAsync(_app, user.Email, "Confirm your e-mail address");
        await OkAsync(user.Http.PostAsJsonAsync("/api/auth/verify-email", new { token = verify.Token }));
        await OkAsync(user.Http.PatchAsJsonAsync("/api/users/me", new { first_name = "Augusta" }));
        var other = await TestUser.LogInAsync(_app, user.Email);
        using var sessions = await user.Http.GetAsync("/api/users/me/sessions");
        var ended = (await sessions.ReadDataAsync())
            .GetProperty("sessions")
            .EnumerateArray()
            .First(session => !session.GetProperty("is_current").GetBoolean())
            .IdOf();
        await OkAsync(user.Http.DeleteAsync($"/api/users/me/sessions/{ended}"));
        await OkAsync(user.Http.DeleteAsync("/api/users/me/sessions"));
        await OkAsync(
            user.Http.PutAsJsonAsync("/api/users/me/password", new { current_password = TestUser.Password, new_password = NewPassword })
        );

        var wanted = TestUser.NewEmail();
        await OkAsync(user.Http.PutAsJsonAsync("/api/users/me/email", new { email = wanted, current_password = NewPassword }));
        var confirm = await ReceivedMail.WaitForAsync(_app, wanted, "Confirm your new e-mail address");
        await OkAsync(user.Http.PostAsJsonAsync("/api/auth/confirm-email", new { token = confirm.Token }));
        await OkAsync(anonymous.PostAsJsonAsync("/api/auth/forgot-password", new { email = wanted }));
        var reset = await ReceivedMail.WaitForAsync(_app, wanted, "Choose a new password");
        await OkAsync(anonymous.PostAsJsonAsync("/api/auth/reset-password", new { token = reset.Token, new_password = TestUser.Password }));

        var signedOut = await TestUser.LogInAsync(_app, wanted);
        await OkAsync(signedOut.Http.PostAsync("/api/auth/logout", content: null));
        var robbed = await TestUser.LogInAsync(_app, wanted);
        using var first = await anonymous.PostAsJsonAsync("/api/auth/refresh", new { refresh_token = robbed.RefreshToken });
        using var second = await anonymous.PostAsJsonAsync(
            "/api/auth/refresh",
            new { refresh_token = (await first.ReadAsync(HttpStatusCode.OK)).GetProperty("refresh_token").GetString() }
        );
        using var reused = await anonymous.PostAsJsonAsync("/api/auth/refresh", new { refresh_token = robbed.RefreshToken });
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (second.StatusCode, reused.StatusCode));

        var refused = await TestUser.LogInAsync(_app, wanted);
        using var forbidden = await refused.Http.GetAsync("/api/admin/audit");
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
        await OkAsync(refused.Http.PostAsJsonAsync("/api/auth/step-up", new { password = TestUser.Password }));
        var authenticator = await Authenticator.AddAsync(_app, refused.Http);
        using var replaced = await refused.Http.PostAsync("/api/users/me/factors/recovery-codes", content: null);
        var recovery = (await replaced.ReadDataAsync()).GetProperty("recovery_codes")[0].GetString()!;
        var pending = await Authenticator.GivePasswordAsync(anonymous, wanted);
        await OkAsync(anonymous.PostAsJsonAsync("/api/auth/mfa/recovery", new { mfa_token = pending, code = recovery }));
        var passkey = await SoftwarePasskey.AddAsync(_app, refused.Http);
        passkey.SignCount -= 2;
        using var copied = await passkey.SignInAsync(anonymous);
        Assert.Equal(HttpStatusCode.Forbidden, copied.StatusCode);
        await OkAsync(refused.Http.DeleteAsync($"/api/users/me/factors/{passkey.FactorId}"));
        await OkAsync(refused.Http.DeleteAsync($"/api/users/me/factors/{authenticator.FactorId}"));
        for (var attempt = 0; attempt < 7; attempt++)
        {
            using var wrong = await anonymous.PostAsJsonAsync("/api/auth/login", new { email = wanted, password = "Guessed1843" });
        }

        var operator_ = await TestUser.OperatorAsync(_app);
        await OkAsync(operator_.Http.PostAsync($"/api/admin/users/{user.Id}/deactivate", content: null));
        await OkAsync(operator_.Http.PostAsync($"/api/admin/users/{user.Id}/reactivate", content: null));
        Assert.Equal(user.Id, other.Id);

        await AuditTable.AssertRecordedAsync(_app, AuditScenario.Account, tenantId: null, [user.Id]);
        var changed = await FindAsync(AuditAction.EmailChanged, user.Id);
        Assert.Equal(
            (user.Email, wanted),
            (changed.GetProperty("email").GetProperty("from").GetString(), changed.GetProperty("email").GetProperty("to").GetString())
        );
        await AssertNoSecretAsync(
            entry => entry.SubjectId == user.Id || entry.Actor == $"user:{user.Id}",
            TestUser.Password,
            NewPassword,
            reset.Token,
            confirm.Token,
            verify.Token,
            robbed.RefreshToken,
            authenticator.Secret,
            recovery,
            pending
        );
    }

    [Fact]
    public async Task Tenant_and_member_use_cases_are_audited()
    {
        await using var tenant = await TestTenant.CreateAsync(_app);
        var operator_ = await TestUser.OperatorAsync(_app);
        await OkAsync(tenant.Admin.Http.PutAsJsonAsync(tenant.Path, new { name = "Renamed Company" }));
        var member = await tenant.AddAsync(TenantRole.Viewer);
        await OkAsync(tenant.Admin.Http.PutAsJsonAsync($"{tenant.Path}/users/{member.Id}", new { role = "admin" }));
        await OkAsync(tenant.Admin.Http.DeleteAsync($"{tenant.Path}/users/{member.Id}"));
        var invited = await TestInvitation.CreateAsync(_app, tenant);
        await invited.AgeAsync();
        await OkAsync(tenant.Admin.Http.PostAsync($"{invited.Path}/resend", content: null));
        using var joined = await invited.RegisterAsync();
        Assert.Equal(HttpStatusCode.Created, joined.StatusCode);
        await OkAsync(_app.NewClient().PostAsJsonAsync("/api/invitations/decline", new { token = await TokenAsync() }));
        await OkAsync(tenant.Admin.Http.DeleteAsync((await TestInvitation.CreateAsync(_app, tenant)).Path));
        await OkAsync(tenant.Admin.Http.PutAsJsonAsync($"{tenant.Path}/join-rule", new { role = "viewer" }));
        await OkAsync(tenant.Admin.Http.PutAsJsonAsync($"{tenant.Path}/mfa", new { require_mfa = true }));
        await OkAsync(operator_.Http.PutAsJsonAsync($"/api/admin/tenants/{tenant.Id}/quotas", new { max_members = 7 }));
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.User, ["documents:read"]);
        using var rotated = await tenant.Admin.Http.PostAsJsonAsync($"{key.PathOf(tenant)}/rotate", new { overlap_seconds = 60 });
        var successor = (await rotated.ReadDataAsync(HttpStatusCode.Created)).GetProperty("key").GetString()!;
        await OkAsync(tenant.Admin.Http.DeleteAsync(key.PathOf(tenant)));
        await OkAsync(tenant.Admin.Http.PatchAsJsonAsync(key.AccountPath(tenant), new { role = "viewer", is_enabled = false }));
        await OkAsync(tenant.Admin.Http.DeleteAsync(key.AccountPath(tenant)));
        await OkAsync(
            operator_.Http.PostAsJsonAsync($"/api/admin/tenants/{tenant.Id}/suspend", new { mode = "closed", reason = "Unpaid invoices" })
        );
        await OkAsync(operator_.Http.PostAsync($"/api/admin/tenants/{tenant.Id}/resume", content: null));
        await OkAsync(tenant.Admin.Http.DeleteAsync(tenant.Path));
        await OkAsync(tenant.Admin.Http.PostAsync($"{tenant.Path}/restore", content: null));
        await OkAsync(tenant.Admin.Http.GetAsync($"{tenant.Path}/audit?format=csv"));

        await AuditTable.AssertRecordedAsync(_app, AuditScenario.Tenant, tenant.Id, [tenant.Id]);
        await AssertNoSecretAsync(entry => entry.TenantId == tenant.Id, key.Secret, successor);
        var role = (await FindAsync(AuditAction.MemberRoleChanged, member.Id)).GetProperty("role");
        Assert.Equal(("viewer", "admin"), (role.GetProperty("from").GetString(), role.GetProperty("to").GetString()));
        var name = (await FindAsync(AuditAction.TenantRenamed, tenant.Id)).GetProperty("name");
        Assert.Equal(("Test Company", "Renamed Company"), (name.GetProperty("from").GetString(), name.GetProperty("to").GetString()));
        var quota = (await FindAsync(AuditAction.QuotasChanged, tenant.Id)).GetProperty("max_members");
        Assert.Equal((JsonValueKind.Null, 7), (quota.GetProperty("from").ValueKind, quota.GetProperty("to").GetInt32()));

        async Task<string> TokenAsync() => await (await TestInvitation.CreateAsync(_app, tenant)).GetTokenAsync();
    }

    [Fact]
    public async Task Document_and_file_use_cases_are_audited()
    {
        await using var tenant = await TestTenant.CreateAsync(_app);
        var document = await tenant.UploadAsync("audited"u8.ToArray(), "first.pdf");
        var (id, file) = (document.IdOf(), document.GetProperty("file_id").GetGuid());
        await OkAsync(tenant.Admin.Http.PatchAsJsonAsync($"{tenant.Path}/documents/{id}", new { filename = "second.pdf" }));
        await OkAsync(tenant.Admin.Http.GetAsync($"{tenant.Path}/documents/{id}/download-url"));
        await OkAsync(tenant.Admin.Http.PatchAsJsonAsync($"{tenant.FilesPath}/{file}", new { file_metadata = new { tag = "x" } }));
        await tenant.DrainAsync();

        await File.WriteAllTextAsync(Assert.Single(tenant.Objects), "damaged"); // the next upload detects that the stored content differs
        await tenant.UploadAsync("audited"u8.ToArray(), "again.pdf");
        await tenant.DrainAsync();
        File.Delete(Assert.Single(tenant.Objects));
        await using (var scope = _app.Services.CreateAsyncScope())
        {
            await scope
                .ServiceProvider.GetRequiredService<CollectOrphanedObjects>()
                .RunAsync(tenant.Id, TestContext.Current.CancellationToken);
        }

        var orphan = await tenant.UploadOrphanAsync("orphaned"u8.ToArray());
        await OkAsync(tenant.Admin.Http.DeleteAsync($"{tenant.FilesPath}/{orphan}"));

        await AuditTable.AssertRecordedAsync(_app, AuditScenario.Content, tenant.Id, ids: null);
        var updated = await _app.InTenantAsync(
            tenant.Id,
            db =>
                db.AuditEntries.Where(entry => entry.Action == AuditAction.DocumentUpdated.Name && entry.SubjectId == id)
                    .Select(entry => entry.Details!.Value)
                    .SingleAsync()
        );
        Assert.Equal(
            ("first.pdf", "second.pdf"),
            (updated.GetProperty("filename").GetProperty("from").GetString(), updated.GetProperty("filename").GetProperty("to").GetString())
        );
    }

    [Fact]
    public async Task Single_sign_on_use_cases_are_audited()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var domain = $"{tenant.Id:N}.example";
        await tenant.VerifyDomainAsync(domain);
        sso.Names.Withdraw($"_saas-verification.{domain}");
        await sso.RecheckDomainsAsync(tenant.Id);
        await _app.InControlAsync(db =>
            db.SsoDomains.Where(one => one.TenantId == tenant.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(one => one.RecordMissingSince, DateTimeOffset.UnixEpoch))
        );
        await sso.RecheckDomainsAsync(tenant.Id);
        var member = await tenant.EnterAsync(tenant.AddPerson());
        await OkAsync(tenant.Admin.DeleteAsync($"/api/tenants/{tenant.Id}/users/{member.Id}"));
        await OkAsync(
            tenant.Admin.PutAsJsonAsync(
                $"{tenant.Path}/config/auto-provisioning",
                new { enabled = true, allowed_email_domains = new[] { domain } }
            )
        );
        using var refused = await tenant.SignInAsync(tenant.AddPerson());
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);

        await OkAsync(tenant.Admin.PutAsJsonAsync($"{tenant.Path}/config/auto-provisioning", new { enabled = true }));
        var linking = await TestUser.RegisterAsync(sso.Api);
        await tenant.LinkAsync(tenant.AddPerson(linking.Email));
        using var linked = sso.Api.NewClient(linking.AccessToken);
        await OkAsync(linked.DeleteAsync($"/api/users/me/sso-identities/{tenant.Id}"));
        const string Secret = "another-client-secret-of-the-tenant";
        await OkAsync(tenant.Admin.PutAsJsonAsync($"{tenant.Path}/config", new { client_secret = Secret }));
        await OkAsync(tenant.Admin.PostAsJsonAsync($"{tenant.Path}/config/disable", new { keep_azure_identities = true }));
        await OkAsync(tenant.Admin.PostAsJsonAsync($"{tenant.Path}/config/enable", new { auth_method = "both" }));
        await OkAsync(tenant.Admin.PostAsJsonAsync($"{tenant.Path}/config/disable", new { keep_azure_identities = true }));
        await OkAsync(tenant.Admin.DeleteAsync($"{tenant.Path}/domains/{domain}"));
        await OkAsync(tenant.Admin.DeleteAsync($"{tenant.Path}/config?force=true"));

        await AuditTable.AssertRecordedAsync(_app, AuditScenario.Sso, tenant.Id, ids: null);
        await AssertNoSecretAsync(entry => entry.TenantId == tenant.Id, Secret, tenant.Application.ClientSecrets[0]);
    }

    [Fact]
    public async Task Break_glass_use_cases_are_audited()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        using var named = await tenant.Admin.PostAsync($"{tenant.Path}/break-glass", content: null);
        var secret = (await named.ReadDataAsync()).GetProperty("secret").GetString()!;
        var authenticator = new Totp(Base32Encoding.ToBytes(secret));
        var now = sso.Clock.GetUtcNow().UtcDateTime;
        await OkAsync(tenant.Admin.PostAsJsonAsync($"{tenant.Path}/break-glass/confirm", new { code = authenticator.ComputeTotp(now) }));
        using var anonymous = sso.Api.NewClient();
        using var wrong = await anonymous.PostAsJsonAsync(
            $"/api/auth/sso/break-glass/{tenant.Id}",
            new
            {
                email = tenant.Tenant.Admin.Email,
                password = TestUser.Password,
                code = authenticator.ComputeTotp(now.AddHours(-1)),
            }
        );
        Assert.Equal(HttpStatusCode.Forbidden, wrong.StatusCode);
        await OkAsync(
            anonymous.PostAsJsonAsync(
                $"/api/auth/sso/break-glass/{tenant.Id}",
                new
                {
                    email = tenant.Tenant.Admin.Email,
                    password = TestUser.Password,
                    code = authenticator.ComputeTotp(now.AddSeconds(30)),
                }
            )
        );
        await OkAsync(tenant.Admin.DeleteAsync($"{tenant.Path}/break-glass/{tenant.Tenant.Admin.Id}"));

        await AuditTable.AssertRecordedAsync(_app, AuditScenario.BreakGlass, tenant.Id, ids: null);
        await Eventually.HoldsAsync(
            () =>
                _app.InControlAsync(db =>
                    db.AuditEntries.AnyAsync(entry =>
                        entry.TenantId == tenant.Id
                        && entry.Action == AuditAction.SignInFailed.Name
                        && entry.SubjectId == tenant.Tenant.Admin.Id
                    )
                ),
            "the wrong one-time password is not in the tenant's audit"
        );
        await AssertNoSecretAsync(entry => entry.TenantId == tenant.Id, secret);
    }

    private static async Task OkAsync(Task<HttpResponseMessage> sending)
    {
        using var answer = await sending;
        Assert.True(
            answer.IsSuccessStatusCode,
            $"{answer.RequestMessage?.Method} {answer.RequestMessage?.RequestUri?.PathAndQuery}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}"
        );
    }

    private Task<JsonElement> FindAsync(AuditAction action, Guid subjectId) =>
        _app.InControlAsync(db =>
            db.AuditEntries.Where(entry => entry.Action == action.Name && entry.SubjectId == subjectId)
                .OrderBy(entry => entry.OccurredAt)
                .Select(entry => entry.Details!.Value)
                .FirstAsync()
        );

    private async Task AssertNoSecretAsync(System.Linq.Expressions.Expression<Func<AuditEntry, bool>> which, params string[] secrets)
    {
        var details = await _app.InControlAsync(db =>
            db.AuditEntries.Where(which).Where(entry => entry.Details != null).Select(entry => entry.Details!.Value).ToListAsync()
        );
        Assert.NotEmpty(details);
        Assert.All(details, one => Assert.DoesNotContain(secrets, secret => one.GetRawText().Contains(secret, StringComparison.Ordinal)));
    }
}

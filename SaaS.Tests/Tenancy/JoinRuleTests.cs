using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sso;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Tenancy;

/// <summary>Tests joining a tenant without an invitation, by a verified domain.</summary>
public sealed class JoinRuleTests(SaaSApp app)
{
    [Fact]
    public async Task Whoever_confirmed_an_address_of_a_verified_domain_joins_with_the_role_of_the_rule()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var domain = await VerifyDomainAsync(tenant);
        await AllowAsync(tenant, "viewer");
        var person = await RegisterAsync(domain, isConfirmed: true);
        using var listed = await person.Http.GetAsync("/api/users/me/joinable-tenants");
        using var joined = await JoinAsync(person, tenant, key: "one");
        using var repeated = await JoinAsync(person, tenant, key: "one");
        using var again = await JoinAsync(person, tenant);

        Assert.Equal(
            (await joined.ReadDataAsync(HttpStatusCode.Created)).GetRawText(),
            (await repeated.ReadDataAsync(HttpStatusCode.Created)).GetRawText()
        );
        Assert.Equal(tenant.Id, Assert.Single(await TenantsOfAsync(listed)).GetProperty("tenant_id").GetGuid());
        Assert.Equal("viewer", (await joined.ReadDataAsync(HttpStatusCode.Created)).GetProperty("role").GetString());
        Assert.Equal("NOT_FOUND", await again.ReadProblemAsync(HttpStatusCode.NotFound));
    }

    public static TheoryData<string> Obstacles =>
        [
            "unconfirmed address",
            "other domain",
            "unverified domain",
            "no rule",
            "rule withdrawn",
            "removed",
            "deleted",
            "single sign-on only",
        ];

    [Theory, MemberData(nameof(Obstacles))]
    public async Task Nobody_else_joins_or_learns_of_the_tenant(string obstacle)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var domain = await VerifyDomainAsync(tenant, isVerified: obstacle is not "unverified domain");
        if (obstacle is not "no rule")
        {
            await AllowAsync(tenant, "user");
        }

        var person = await RegisterAsync(obstacle is "other domain" ? $"sub.{domain}" : domain, obstacle is not "unconfirmed address");
        switch (obstacle)
        {
            case "rule withdrawn":
                await AllowAsync(tenant, role: null);
                break;
            case "removed":
                using (await JoinAsync(person, tenant)) { }

                using (await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/users/{person.Id}")) { }

                break;
            case "deleted":
                using (await tenant.Admin.Http.DeleteAsync(tenant.Path)) { }

                break;
            case "single sign-on only":
                await app.InControlAsync(db =>
                    db.Database.ExecuteSqlAsync($"UPDATE tenants SET auth_method = 'Sso' WHERE id = {tenant.Id}")
                );
                break;
        }

        using var listed = await person.Http.GetAsync("/api/users/me/joinable-tenants");
        using var joined = await JoinAsync(person, tenant);

        Assert.Empty(await TenantsOfAsync(listed));
        Assert.Equal("NOT_FOUND", await joined.ReadProblemAsync(HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task The_rule_is_shown_with_the_verified_domains_and_never_makes_admins()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var domain = await VerifyDomainAsync(tenant);
        using var refused = await tenant.Admin.Http.PutAsJsonAsync($"{tenant.Path}/join-rule", new { role = "admin" });
        await AllowAsync(tenant, "user");
        using var shown = await tenant.Admin.Http.GetAsync($"{tenant.Path}/join-rule");

        Assert.Equal(["role"], await refused.ReadFieldsAsync());
        var rule = await shown.ReadDataAsync();
        Assert.Equal(
            ("user", domain),
            (rule.GetProperty("role").GetString(), Assert.Single(rule.GetProperty("domains").EnumerateArray()).GetString())
        );
    }

    [Fact]
    public async Task Joining_ends_the_pending_invitation_of_the_address()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var domain = await VerifyDomainAsync(tenant);
        await AllowAsync(tenant, "user");
        var person = await RegisterAsync(domain, isConfirmed: true);
        var invitation = await TestInvitation.CreateAsync(app, tenant, person.Email, role: "admin");
        using var joined = await JoinAsync(person, tenant);
        using var answer = await tenant.Admin.Http.GetAsync(invitation.Path);

        Assert.Equal("accepted", (await answer.ReadDataAsync()).GetProperty("state").GetString());
    }

    private static async Task AllowAsync(TestTenant tenant, string? role)
    {
        using var changed = await tenant.Admin.Http.PutAsJsonAsync($"{tenant.Path}/join-rule", new { role });
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
    }

    private static async Task<HttpResponseMessage> JoinAsync(TestUser person, TestTenant tenant, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/users/me/tenants")
        {
            Content = JsonContent.Create(new { tenant_id = tenant.Id }),
        };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return await person.Http.SendAsync(request);
    }

    private static async Task<IReadOnlyList<JsonElement>> TenantsOfAsync(HttpResponseMessage answer) =>
        [.. (await answer.ReadDataAsync()).GetProperty("tenants").EnumerateArray()];

    private async Task<string> VerifyDomainAsync(TestTenant tenant, bool isVerified = true)
    {
        var domain = $"{tenant.Id:N}.example";
        using var added = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/sso/domains", new { domain });
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        if (isVerified)
        {
            await app.InControlAsync(db =>
                db.SsoDomains.Where(one => one.TenantId == tenant.Id)
                    .ExecuteUpdateAsync(set => set.SetProperty(one => one.VerifiedAt, DateTimeOffset.UnixEpoch))
            );
        }

        return domain;
    }

    private async Task<TestUser> RegisterAsync(string domain, bool isConfirmed)
    {
        var person = await TestUser.RegisterAsync(app);
        var email = EmailAddress.Parse($"ada@{domain}");
        await app.InControlAsync(db =>
            db.Users.Where(user => user.Id == person.Id)
                .ExecuteUpdateAsync(set =>
                    set.SetProperty(user => user.Email, email)
                        .SetProperty(user => user.EmailVerifiedAt, isConfirmed ? DateTimeOffset.UnixEpoch : null)
                )
        );
        return person with { Email = email.Value };
    }
}

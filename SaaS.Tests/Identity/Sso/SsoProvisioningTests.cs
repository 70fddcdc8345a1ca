using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sso;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Entra;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Sso;

/// <summary>Tests which people become members by signing in, with which role, and to which account a person is linked.</summary>
public sealed class SsoProvisioningTests(SsoApi sso) : IClassFixture<SsoApi>
{
    private static readonly Guid Admins = new("aaaaaaaa-0000-4000-8000-000000000001");
    private static readonly Guid Users = new("aaaaaaaa-0000-4000-8000-000000000002");
    private static readonly Guid Others = new("aaaaaaaa-0000-4000-8000-000000000003");

    private static readonly Dictionary<string, string> Mapping = new() { [Admins.ToString()] = "admin", [Users.ToString()] = "user" };

    [Fact]
    public async Task The_highest_group_role_applies_at_each_sign_in()
    {
        await using var tenant = await SsoTenant.CreateAsync(
            sso,
            new
            {
                enabled = true,
                default_role = "viewer",
                group_role_mapping = Mapping,
            }
        );
        var person = tenant.AddPerson();
        foreach (
            var (groups, role) in new (Guid[], TenantRole)[]
            {
                ([Users], TenantRole.User),
                ([Others, Users, Admins], TenantRole.Admin),
                ([Others], TenantRole.Viewer),
                ([], TenantRole.Viewer),
            }
        )
        {
            person.Groups = groups;
            var member = await tenant.EnterAsync(person);
            Assert.Equal(role, await RoleAsync(tenant, member));
        }
    }

    [Fact]
    public async Task Groups_that_exceed_the_token_limit_are_read_from_Graph()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso, new { enabled = true, group_role_mapping = Mapping });
        var person = tenant.AddPerson();
        person.Groups = [.. Enumerable.Range(1, 1_100).Select(number => new Guid(number, 0, 0, new byte[8])), Admins];
        Assert.Equal(TenantRole.Admin, await RoleAsync(tenant, await tenant.EnterAsync(person)));
    }

    [Fact]
    public async Task Unknown_groups_grant_no_more_than_the_default_role()
    {
        await using var tenant = await SsoTenant.CreateAsync(
            sso,
            new
            {
                enabled = true,
                default_role = "viewer",
                group_role_mapping = Mapping,
            }
        );
        var (known, unknown) = (tenant.AddPerson(), tenant.AddPerson());
        (known.Groups, unknown.Groups) = ([Users], [Admins]);
        tenant.Application.GroupLimit = 0;
        var member = await tenant.EnterAsync(known);
        Assert.Equal(TenantRole.User, await RoleAsync(tenant, member));

        sso.Entra.FailAlways(EntraEndpoint.GraphGroups, EntraFault.Status(503));
        try
        {
            Assert.Equal(TenantRole.Viewer, await RoleAsync(tenant, await tenant.EnterAsync(unknown)));
            Assert.Equal(TenantRole.Viewer, await RoleAsync(tenant, await tenant.EnterAsync(known)));

            // A person who must be in a group is rejected while the membership cannot be determined.
            using var restricted = await tenant.Admin.PutAsJsonAsync(
                $"{tenant.Path}/config/auto-provisioning",
                new { enabled = true, allowed_azure_groups = new[] { Users } }
            );
            await restricted.ReadAsync(HttpStatusCode.OK);
            using var refused = await tenant.SignInAsync(known);
            Assert.Equal("SSO_GROUP_REFUSED", await refused.ReadProblemAsync(HttpStatusCode.BadRequest));
        }
        finally
        {
            sso.Entra.Recover();
        }

        await tenant.EnterAsync(known);
        using var notIn = await tenant.SignInAsync(unknown);
        Assert.Equal("SSO_GROUP_REFUSED", await notIn.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task The_last_admin_keeps_the_role_regardless_of_groups()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso, new { enabled = true, group_role_mapping = Mapping });
        var person = tenant.AddPerson();
        person.Groups = [Admins];
        var member = await tenant.EnterAsync(person);
        using var left = await tenant.Admin.DeleteAsync($"/api/tenants/{tenant.Id}/users/{tenant.Tenant.Admin.Id}");
        Assert.Equal(HttpStatusCode.OK, left.StatusCode);

        person.Groups = [];
        await tenant.EnterAsync(person);
        Assert.Equal(TenantRole.Admin, await RoleAsync(tenant, member));
    }

    [Theory]
    [InlineData("""{"default_role": "admin"}""", "default_role")]
    [InlineData("""{"default_role": "superuser"}""", "default_role")]
    [InlineData("""{"group_role_mapping": {"admin": "admin"}}""", "group_role_mapping")]
    [InlineData(
        """{"group_role_mapping": {"aaaaaaaa-0000-4000-8000-000000000001": "owner"}}""",
        "group_role_mapping.aaaaaaaa-0000-4000-8000-000000000001"
    )]
    [InlineData("""{"allowed_azure_groups": ["Engineers"]}""", "allowed_azure_groups")]
    [InlineData("""{"allowed_azure_groups": [null]}""", "allowed_azure_groups")]
    [InlineData("""{"allowed_email_domains": ["@"]}""", "allowed_email_domains")]
    [InlineData("""{"allowed_email_domains": ["a b.com"]}""", "allowed_email_domains")]
    [InlineData("""{"group": 1}""", "group")]
    public async Task Invalid_provisioning_rules_are_rejected_with_their_field(string body, string field)
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        using var answer = await tenant.Admin.PutAsync(
            $"{tenant.Path}/config/auto-provisioning",
            new StringContent(body, System.Text.Encoding.UTF8, "application/json")
        );
        Assert.Equal([field], await answer.ReadFieldsAsync());
    }

    [Fact]
    public async Task Without_provisioning_only_existing_members_can_sign_in()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso, new { enabled = false });
        using var refused = await tenant.SignInAsync(tenant.AddPerson());
        Assert.Equal("SSO_PROVISIONING_DISABLED", await refused.ReadProblemAsync(HttpStatusCode.BadRequest));

        var member = await tenant.Tenant.AddAsync(TenantRole.User);
        var person = tenant.AddPerson(member.Email);
        var linked = await tenant.LinkAsync(person);
        Assert.Equal((member.Id, TenantRole.User), (linked.Id, await RoleAsync(tenant, linked)));

        using var removed = await tenant.Admin.DeleteAsync($"/api/tenants/{tenant.Id}/users/{member.Id}");
        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        using var again = await tenant.SignInAsync(person);
        Assert.Equal("SSO_PROVISIONING_DISABLED", await again.ReadProblemAsync(HttpStatusCode.BadRequest));
        using var old = await linked.Http.GetAsync($"/api/tenants/{tenant.Id}/documents"); // it was bound to this tenant
        Assert.Equal(HttpStatusCode.Unauthorized, old.StatusCode);
    }

    [Fact]
    public async Task A_removed_member_is_rejected_until_an_admin_adds_them_again()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var person = tenant.AddPerson();
        var member = await tenant.EnterAsync(person);
        using var removed = await tenant.Admin.DeleteAsync($"/api/tenants/{tenant.Id}/users/{member.Id}");
        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        await AssertRefusedAsync();

        // The person cannot enter with another account either, after the removed one has another address and is no longer linked.
        await sso.App.InControlAsync(db =>
            db.Users.Where(user => user.Id == member.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(user => user.Email, EmailAddress.Parse(TestUser.NewEmail())))
        );
        await sso.App.InControlAsync(db => db.SsoIdentities.Where(identity => identity.UserId == member.Id).ExecuteDeleteAsync());
        await AssertRefusedAsync();
        person.Email = TestUser.NewEmail();
        await AssertRefusedAsync();

        using var added = await tenant.Admin.PostAsJsonAsync($"/api/tenants/{tenant.Id}/users", new { user_id = member.Id, role = "user" });
        await added.ReadAsync(HttpStatusCode.Created);
        await tenant.EnterAsync(person);

        async Task AssertRefusedAsync()
        {
            using var refused = await tenant.SignInAsync(person);
            Assert.Equal("SSO_MEMBER_REMOVED", await refused.ReadProblemAsync(HttpStatusCode.Forbidden));
            Assert.False(
                await sso.App.InControlAsync(db =>
                    db.Memberships.AnyAsync(membership => membership.TenantId == tenant.Id && membership.UserId != tenant.Tenant.Admin.Id)
                )
            );
        }
    }

    [Fact]
    public async Task A_member_who_left_can_sign_in_again()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var person = tenant.AddPerson();
        var member = await tenant.EnterAsync(person);
        using var left = await member.Http.DeleteAsync($"/api/tenants/{tenant.Id}/users/{member.Id}");
        Assert.Equal(HttpStatusCode.OK, left.StatusCode);
        using var ended = await member.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.Unauthorized, ended.StatusCode);
        Assert.Equal(member.Id, (await tenant.EnterAsync(person)).Id);
    }

    [Fact]
    public async Task An_account_is_linked_once_with_its_password()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var member = await tenant.Tenant.AddAsync(TenantRole.User);
        var person = tenant.AddPerson(member.Email);
        Assert.Equal(member.Id, (await tenant.LinkAsync(person)).Id);
        Assert.Equal(member.Id, (await tenant.EnterAsync(person)).Id); // linked from then on
    }

    [Fact]
    public async Task A_person_linked_in_one_tenant_needs_no_password_in_a_sister_tenant()
    {
        await using var first = await SsoTenant.CreateAsync(sso);
        var person = first.AddPerson();
        var member = await first.EnterAsync(person); // the account has never had a password

        await using var second = await SsoTenant.CreateAsync(sso, directory: first.Directory);
        Assert.Equal(member.Id, (await second.EnterAsync(person)).Id);

        // Another person for whom a directory claims the same address is not the same person.
        await using var third = await SsoTenant.CreateAsync(sso);
        using var other = await third.SignInAsync(third.AddPerson(member.Email));
        Assert.Equal("SSO_LINK_REQUIRED", await other.ReadProblemAsync(HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task An_account_of_a_verified_domain_is_linked_automatically()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var domain = $"{tenant.Id:N}.example.com";
        var member = await tenant.Tenant.AddAsync(TenantRole.User);
        await sso.App.InControlAsync(db =>
            db.Users.Where(user => user.Id == member.Id)
                .ExecuteUpdateAsync(set =>
                    set.SetProperty(user => user.Email, EmailAddress.Parse($"ada@{domain}"))
                        .SetProperty(user => user.EmailVerifiedAt, DateTimeOffset.UnixEpoch)
                )
        );
        await tenant.VerifyDomainAsync(domain);
        Assert.Equal(member.Id, (await tenant.EnterAsync(tenant.AddPerson($"Ada@{domain}"))).Id);

        using var still = await member.Http.GetAsync("/api/users/me"); // the member's session is unaffected
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }

    [Fact]
    public async Task A_squatter_with_an_unverified_address_loses_the_account()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var domain = $"{tenant.Id:N}.example.com";
        var squatter = await TestUser.RegisterAsync(sso.App);
        await sso.App.InControlAsync(db =>
            db.Users.Where(user => user.Id == squatter.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(user => user.Email, EmailAddress.Parse($"grace@{domain}")))
        );
        await tenant.VerifyDomainAsync(domain);
        var owner = await tenant.EnterAsync(tenant.AddPerson($"grace@{domain}"));
        Assert.Equal(squatter.Id, owner.Id);

        using var client = sso.Api.NewClient();
        using var login = await client.PostAsJsonAsync("/api/auth/login", new { email = $"grace@{domain}", password = TestUser.Password });
        Assert.Equal("INVALID_CREDENTIALS", await login.ReadProblemAsync(HttpStatusCode.Unauthorized));
        await Eventually.HoldsAsync(
            async () => (await squatter.Http.GetAsync("/api/users/me")).StatusCode is HttpStatusCode.Unauthorized,
            "the squatter is still signed in"
        );
    }

    [Fact]
    public async Task A_directory_does_not_rename_existing_accounts()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var member = await tenant.Tenant.AddAsync(TenantRole.User);
        var person = tenant.AddPerson(member.Email, "Mallory Renamer");
        await tenant.LinkAsync(person);
        using var me = await member.Http.GetAsync("/api/users/me");
        Assert.Equal("Ada", (await me.ReadDataAsync()).GetProperty("first_name").GetString());
    }

    [Fact]
    public async Task Concurrent_first_sign_ins_create_one_account()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var person = tenant.AddPerson();
        var members = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => tenant.EnterAsync(person)));
        Assert.Single(members.Select(member => member.Id).Distinct());
        Assert.Equal(1, await sso.App.InControlAsync(db => db.SsoIdentities.CountAsync(identity => identity.TenantId == tenant.Id)));
    }

    [Fact]
    public async Task A_person_without_an_email_address_is_rejected()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var person = tenant.AddPerson();
        (person.Email, person.UserPrincipalName) = (null, "no-address");
        using var answer = await tenant.SignInAsync(person);
        Assert.Equal("SSO_EMAIL_MISSING", await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task A_user_principal_name_is_no_address_but_known_people_need_none()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        tenant.Application.OptionalClaims = new HashSet<string> { "upn" };
        var guest = tenant.AddPerson();
        (guest.Email, guest.UserPrincipalName) = (null, $"ada_example.com#EXT#@{tenant.Id:N}.onmicrosoft.example");
        await AssertMissingAsync(guest);
        guest.UserPrincipalName = $"ada@{tenant.Id:N}.example"; // it only looks like an address
        await AssertMissingAsync(guest);

        guest.Email = TestUser.NewEmail();
        var member = await tenant.EnterAsync(guest);
        guest.Email = null;
        Assert.Equal(member.Id, (await tenant.EnterAsync(guest)).Id);

        // A user principal name does not satisfy a rule about addresses, and neither does a person without an address.
        using var ruled = await tenant.Admin.PutAsJsonAsync(
            $"{tenant.Path}/config/auto-provisioning",
            new { enabled = true, allowed_email_domains = new[] { $"{tenant.Id:N}.example" } }
        );
        Assert.Equal(HttpStatusCode.OK, ruled.StatusCode);
        await AssertMissingAsync(guest);
        guest.Email = $"ada@{tenant.Id:N}.example";
        Assert.Equal(member.Id, (await tenant.EnterAsync(guest)).Id);

        async Task AssertMissingAsync(EntraUser person)
        {
            using var answer = await tenant.SignInAsync(person);
            Assert.Equal("SSO_EMAIL_MISSING", await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
        }
    }

    [Fact]
    public async Task An_address_of_an_unverified_Entra_domain_is_not_linked_automatically()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        tenant.Application.OptionalClaims = new HashSet<string> { "xms_edov" };
        var domain = $"{tenant.Id:N}.example.com";
        var owner = await tenant.Tenant.AddAsync(TenantRole.User);
        await sso.App.InControlAsync(db =>
            db.Users.Where(user => user.Id == owner.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(user => user.Email, EmailAddress.Parse($"ada@{domain}")))
        );
        await tenant.VerifyDomainAsync(domain);

        var (guest, colleague) = (tenant.AddPerson($"ada@{domain}"), tenant.AddPerson($"grace@{domain}"));
        guest.IsEmailDomainVerified = colleague.IsEmailDomainVerified = false;
        using var refused = await tenant.SignInAsync(guest);
        Assert.Equal("SSO_LINK_REQUIRED", await refused.ReadProblemAsync(HttpStatusCode.Forbidden));
        var added = await tenant.EnterAsync(colleague);
        Assert.False(await sso.App.InControlAsync(db => db.Users.AnyAsync(user => user.Id == added.Id && user.EmailVerifiedAt != null)));

        guest.IsEmailDomainVerified = true;
        Assert.Equal(owner.Id, (await tenant.EnterAsync(guest)).Id);
    }

    [Fact]
    public async Task A_tenant_at_its_member_quota_rejects_new_people()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        await sso.App.InControlAsync(db =>
            db.Tenants.Where(one => one.Id == tenant.Id).ExecuteUpdateAsync(set => set.SetProperty(one => one.Quotas.MaxMembers, 1))
        );
        using var answer = await tenant.SignInAsync(tenant.AddPerson());
        Assert.Equal("QUOTA_EXCEEDED", await answer.ReadProblemAsync(HttpStatusCode.Conflict));
    }

    private Task<TenantRole> RoleAsync(SsoTenant tenant, SsoMember member) =>
        sso.App.InControlAsync(db =>
            db.Memberships.Where(membership => membership.TenantId == tenant.Id && membership.UserId == member.Id)
                .Select(membership => membership.Role)
                .SingleAsync()
        );
}

using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Identity.Sso;
using SaaS.Core.Identity.Sso.SignIn;
using SaaS.Entra;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Sso;

/// <summary>Tests how the provider's tokens are encrypted, refreshed, used and purged.</summary>
public sealed class SsoTokenTests(SsoApi sso) : IClassFixture<SsoApi>
{
    private static readonly string[] Elsewhere = ["elsewhere.example.com"];

    [Fact]
    public async Task Provider_tokens_and_secrets_are_stored_encrypted()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var member = await tenant.EnterAsync(tenant.AddPerson());
        var identity = await IdentityAsync(tenant, member);
        var configuration = await sso.App.InControlAsync(db => db.SsoConfigurations.SingleAsync(one => one.TenantId == tenant.Id));
        Assert.All(
            [identity.EncryptedAccessToken!, identity.EncryptedRefreshToken!, configuration.EncryptedClientSecret],
            text => Assert.Matches("^ring:v[0-9]+:", text)
        );
        Assert.DoesNotContain(tenant.Application.ClientSecrets[0], configuration.EncryptedClientSecret, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_job_refreshes_tokens_before_they_expire()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var member = await tenant.EnterAsync(tenant.AddPerson());
        var before = await IdentityAsync(tenant, member);

        await sso.RunAsync<RefreshSsoTokensJob>(); // not due yet
        Assert.Equal(before.EncryptedRefreshToken, (await IdentityAsync(tenant, member)).EncryptedRefreshToken);

        sso.Clock.Ahead = TimeSpan.FromMinutes(45);
        try
        {
            sso.Entra.AreRefreshTokensSingleUse = true;
            // Concurrent runs use no refresh token twice.
            await Task.WhenAll(sso.RunAsync<RefreshSsoTokensJob>(), sso.RunAsync<RefreshSsoTokensJob>());
            var after = await IdentityAsync(tenant, member);
            Assert.NotNull(after.EncryptedRefreshToken);
            Assert.NotEqual(before.EncryptedRefreshToken, after.EncryptedRefreshToken);
            Assert.True(after.TokenExpiresAt > before.TokenExpiresAt);
            using var info = await member.Http.GetAsync($"/api/auth/sso/azure/user-info?tenant_id={tenant.Id}");
            Assert.Equal(HttpStatusCode.Unauthorized, info.StatusCode); // our own access token has expired in the meantime, as expected
        }
        finally
        {
            sso.Entra.AreRefreshTokensSingleUse = false;
            sso.Clock.Ahead = TimeSpan.Zero;
        }
    }

    [Fact]
    public async Task Concurrent_refreshes_of_one_person_do_not_block_other_requests()
    {
        const int Many = 20;
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var member = await tenant.EnterAsync(tenant.AddPerson());
        var other = await TestUser.RegisterAsync(sso.App);
        await using var api = sso.StartApi(
            sso.App.Setting("Sso:CallbackAddress"),
            more: new()
            {
                ["ControlConnections:Budget"] = "2", // one of them listens for notifications
                ["ConnectionStrings:saas-platform"] = $"{sso.App.Setting("ConnectionStrings:saas-platform")};Timeout=5",
            }
        );
        using var anybody = api.NewClient();
        using var reading = api.NewClient(other.AccessToken);
        var renewed = Enumerable
            .Range(0, Many)
            .Select(_ =>
                anybody.PostAsJsonAsync("/api/auth/sso/azure/refresh", new { tenant_id = tenant.Id, refresh_token = member.RefreshToken })
            )
            .ToList();
        var read = Enumerable.Range(0, Many).Select(_ => reading.GetAsync("/api/users/me")).ToList();

        Assert.All(await Task.WhenAll(read), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.All(await Task.WhenAll(renewed), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
    }

    [Fact]
    public async Task A_person_revoked_by_the_directory_is_signed_out()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var person = tenant.AddPerson();
        var member = await tenant.EnterAsync(person);
        var other = await tenant.EnterAsync(tenant.AddPerson());
        sso.Entra.RevokeRefreshTokens(person);
        await ExpireAsync(tenant);
        await sso.RunAsync<RefreshSsoTokensJob>();

        Assert.Null((await IdentityAsync(tenant, member)).EncryptedRefreshToken);
        await Eventually.HoldsAsync(
            async () => (await member.Http.GetAsync("/api/users/me")).StatusCode is HttpStatusCode.Unauthorized,
            "the session has not ended"
        );
        using var still = await other.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
        using var statistics = await tenant.Admin.GetAsync($"{tenant.Path}/statistics");
        Assert.Equal(1, (await statistics.ReadDataAsync()).GetProperty("token_refreshes").GetInt32());
    }

    [Fact]
    public async Task An_unavailable_provider_is_retried_later_without_ending_sessions()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var member = await tenant.EnterAsync(tenant.AddPerson());
        await ExpireAsync(tenant);
        sso.Entra.FailAlways(EntraEndpoint.Token, EntraFault.Status(503));
        try
        {
            await sso.RunAsync<RefreshSsoTokensJob>();
            var postponed = await IdentityAsync(tenant, member);
            Assert.NotNull(postponed.EncryptedRefreshToken);
            Assert.True(postponed.RetryRefreshAt > sso.Clock.GetUtcNow());
            Assert.Equal(1, postponed.RefreshFailures);
            await sso.RunAsync<RefreshSsoTokensJob>(); // not due yet
            Assert.Equal(1, (await IdentityAsync(tenant, member)).RefreshFailures);
        }
        finally
        {
            sso.Entra.Recover();
        }

        using var me = await member.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.OK, me.StatusCode);
    }

    [Fact]
    public async Task A_session_is_refreshed_only_while_the_directory_confirms_the_person()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var person = tenant.AddPerson();
        var member = await tenant.EnterAsync(person);
        using var anonymous = sso.Api.NewClient(member.RefreshToken);
        using var renewed = await anonymous.PostAsJsonAsync("/api/auth/sso/azure/refresh", new { tenant_id = tenant.Id });
        var tokens = await renewed.ReadAsync(HttpStatusCode.OK);
        Assert.NotEqual(member.RefreshToken, tokens.GetProperty("refresh_token").GetString());

        person.IsEnabled = false;
        using var next = sso.Api.NewClient(tokens.GetProperty("refresh_token").GetString());
        using var refused = await next.PostAsJsonAsync("/api/auth/sso/azure/refresh", new { tenant_id = tenant.Id });
        Assert.Equal("SSO_SIGN_IN_REQUIRED", await refused.ReadProblemAsync(HttpStatusCode.Unauthorized));
        using var nothing = await sso.Api.NewClient().PostAsJsonAsync("/api/auth/sso/azure/refresh", new { tenant_id = tenant.Id });
        Assert.Equal("INVALID_TOKEN", await nothing.ReadProblemAsync(HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task Directory_data_is_shown_only_to_the_person_it_describes()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var person = tenant.AddPerson();
        person.JobTitle = "Rear Admiral";
        var member = await tenant.EnterAsync(person);
        sso.Entra.ExpireAccessTokens(person);
        await ExpireAsync(tenant); // it is refreshed by the request
        using var answer = await member.Http.GetAsync($"/api/auth/sso/azure/user-info?tenant_id={tenant.Id}");
        Assert.Equal("Rear Admiral", (await answer.ReadDataAsync()).GetProperty("jobTitle").GetString());

        using var nowhere = await member.Http.GetAsync("/api/auth/sso/azure/user-info");
        Assert.Equal(["tenant_id"], await nowhere.ReadFieldsAsync());
        using var admins = await tenant.Admin.GetAsync($"/api/auth/sso/azure/user-info?tenant_id={tenant.Id}");
        Assert.Equal("SSO_NO_IDENTITY", await admins.ReadProblemAsync(HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task SSO_sign_out_ends_the_session_and_deletes_the_provider_tokens()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var member = await tenant.EnterAsync(tenant.AddPerson());
        using var foreign = await member.Http.PostAsJsonAsync(
            $"/api/auth/sso/azure/logout/{tenant.Id}",
            new { post_logout_redirect_uri = "https://attacker.example/" }
        );
        Assert.Equal(["post_logout_redirect_uri"], await foreign.ReadFieldsAsync());

        using var answer = await member.Http.PostAsJsonAsync(
            $"/api/auth/sso/azure/logout/{tenant.Id}",
            new { post_logout_redirect_uri = $"{SsoApi.Product}/bye" }
        );
        var address = (await answer.ReadDataAsync()).GetProperty("logout_url").GetString()!;
        Assert.StartsWith($"{sso.Entra.Address}{tenant.Directory.Id}/oauth2/v2.0/logout?", address, StringComparison.Ordinal);
        Assert.Contains(Uri.EscapeDataString($"{SsoApi.Product}/bye"), address, StringComparison.Ordinal);
        using var me = await member.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.Unauthorized, me.StatusCode);
        Assert.Null((await IdentityAsync(tenant, member)).EncryptedAccessToken);
    }

    [Fact]
    public async Task A_person_can_switch_between_tenants_of_one_directory()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        await using var sister = await SsoTenant.CreateAsync(sso, directory: tenant.Directory);
        await using var foreign = await SsoTenant.CreateAsync(sso);
        var domain = $"{sister.Id:N}.example.com";
        var person = tenant.AddPerson($"grace@{domain}");
        var here = await tenant.EnterAsync(person);

        using var unknown = await here.Http.PostAsJsonAsync("/api/auth/sso/switch-tenant", new { target_tenant_id = sister.Id });
        Assert.Equal("SSO_NO_IDENTITY", await unknown.ReadProblemAsync(HttpStatusCode.NotFound));
        await sister.EnterAsync(person); // the same person of the same directory: this proves the ownership of the account
        here = await tenant.EnterAsync(person);
        using var switched = await here.Http.PostAsJsonAsync("/api/auth/sso/switch-tenant", new { target_tenant_id = sister.Id });
        var there = sister.MemberOf(await switched.ReadAsync(HttpStatusCode.OK));
        using var documents = await there.Http.GetAsync($"/api/tenants/{sister.Id}/documents");
        Assert.Equal(HttpStatusCode.OK, documents.StatusCode);

        // Another directory cannot vouch for the account, even with the same address.
        using var other = await foreign.SignInAsync(foreign.AddPerson(here.Email));
        Assert.Equal("SSO_LINK_REQUIRED", await other.ReadProblemAsync(HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task Switching_to_the_current_tenant_is_rejected()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var member = await tenant.EnterAsync(tenant.AddPerson());
        using var switched = await member.Http.PostAsJsonAsync("/api/auth/sso/switch-tenant", new { target_tenant_id = tenant.Id });
        Assert.Equal(["target_tenant_id"], await switched.ReadFieldsAsync());
        Assert.Equal(1, await sso.App.InControlAsync(db => db.Sessions.CountAsync(session => session.UserId == member.Id)));
    }

    [Theory]
    [InlineData("signed out")]
    [InlineData("signed out of single sign-on")]
    [InlineData("its refresh token reused")]
    public async Task A_switched_session_ends_with_its_parent(string end)
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        await using var sister = await SsoTenant.CreateAsync(sso, directory: tenant.Directory);
        var (here, there) = await SwitchAsync(tenant, sister, sister.AddPerson($"grace@{sister.Id:N}.example.com"));
        var further = await ReadSwitchAsync(there, tenant); // a session opened from the switched one
        using (var before = await further.Http.GetAsync("/api/users/me"))
        {
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        }

        using var client = sso.Api.NewClient();
        using var ended = end switch
        {
            "signed out" => await here.Http.PostAsync("/api/auth/logout", content: null),
            "signed out of single sign-on" => await here.Http.PostAsJsonAsync($"/api/auth/sso/azure/logout/{tenant.Id}", new { }),
            _ => await ReuseAsync(here.RefreshToken),
        };
        foreach (var session in new[] { here, there, further })
        {
            using var me = await session.Http.GetAsync("/api/users/me");
            using var refreshed = await client.PostAsJsonAsync("/api/auth/refresh", new { refresh_token = session.RefreshToken });
            Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (me.StatusCode, refreshed.StatusCode));
        }

        async Task<HttpResponseMessage> ReuseAsync(string token)
        {
            for (var turn = 0; turn < 2; turn++)
            {
                using var turned = await client.PostAsJsonAsync("/api/auth/refresh", new { refresh_token = token });
                await sso.App.InControlAsync(db =>
                    db.Sessions.Where(one => one.UserId == here.Id)
                        .ExecuteUpdateAsync(set => set.SetProperty(one => one.RefreshedAt, one => one.RefreshedAt.AddHours(-1)))
                );
                Assert.Equal(turn == 0 ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, turned.StatusCode);
            }

            return new HttpResponseMessage();
        }
    }

    [Fact]
    public async Task A_switched_session_does_not_outlive_its_parent()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        await using var sister = await SsoTenant.CreateAsync(sso, directory: tenant.Directory);
        var (here, _) = await SwitchAsync(tenant, sister, sister.AddPerson($"grace@{sister.Id:N}.example.com"));
        var sessions = await sso.App.InControlAsync(db => db.Sessions.Where(session => session.UserId == here.Id).ToListAsync());
        var child = Assert.Single(sessions, session => session.ParentId is not null);
        var parent = Assert.Single(sessions, session => session.Id == child.ParentId);
        Assert.True(
            child.ExpiresAt <= parent.ExpiresAt && child.ExpiresAt <= parent.RefreshableUntil,
            $"{child.ExpiresAt} is later than {parent.RefreshableUntil}"
        );
    }

    [Fact]
    public async Task Switching_applies_the_rules_of_the_target_tenant()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        await using var sister = await SsoTenant.CreateAsync(sso, directory: tenant.Directory);
        var (group, other) = (new Guid("bbbbbbbb-0000-4000-8000-000000000001"), new Guid("bbbbbbbb-0000-4000-8000-000000000002"));
        var person = sister.AddPerson($"grace@{sister.Id:N}.example.com");
        person.Groups = [group];
        var (here, _) = await SwitchAsync(tenant, sister, person);

        await RulesAsync(new { enabled = true, allowed_email_domains = Elsewhere });
        Assert.Equal("SSO_DOMAIN_REFUSED", await RefusalAsync());
        await RulesAsync(new { enabled = true, allowed_azure_groups = new[] { other } });
        Assert.Equal("SSO_GROUP_REFUSED", await RefusalAsync());
        await RulesAsync(
            new
            {
                enabled = true,
                allowed_azure_groups = new[] { group },
                group_role_mapping = new Dictionary<string, string> { [group.ToString()] = "user" },
            }
        );
        using var switched = await here.Http.PostAsJsonAsync("/api/auth/sso/switch-tenant", new { target_tenant_id = sister.Id });
        Assert.Equal(
            "user",
            Assert
                .Single((await switched.ReadAsync(HttpStatusCode.OK)).GetProperty("tenants").EnumerateArray())
                .GetProperty("role")
                .GetString()
        );

        using var disabled = await sister.Admin.PostAsJsonAsync($"{sister.Path}/config/disable", new { });
        await disabled.ReadAsync(HttpStatusCode.OK);
        using var closed = await here.Http.PostAsJsonAsync("/api/auth/sso/switch-tenant", new { target_tenant_id = sister.Id });
        Assert.Equal("SSO_NOT_AVAILABLE", await closed.ReadProblemAsync(HttpStatusCode.NotFound));

        async Task RulesAsync(object rules)
        {
            using var changed = await sister.Admin.PutAsJsonAsync($"{sister.Path}/config/auto-provisioning", rules);
            await changed.ReadAsync(HttpStatusCode.OK);
        }

        async Task<string> RefusalAsync()
        {
            using var refused = await here.Http.PostAsJsonAsync("/api/auth/sso/switch-tenant", new { target_tenant_id = sister.Id });
            return await refused.ReadProblemAsync(HttpStatusCode.BadRequest);
        }
    }

    [Fact]
    public async Task A_reused_refresh_token_ends_its_session_without_contacting_the_provider()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var member = await tenant.EnterAsync(tenant.AddPerson());
        using var client = sso.Api.NewClient();
        using var turned = await client.PostAsJsonAsync("/api/auth/refresh", new { refresh_token = member.RefreshToken });
        await turned.ReadAsync(HttpStatusCode.OK);
        await sso.App.InControlAsync(db =>
            db.Sessions.Where(one => one.UserId == member.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(one => one.RefreshedAt, one => one.RefreshedAt.AddHours(-1)))
        );
        sso.Entra.FailAlways(EntraEndpoint.Token, EntraFault.Status(503)); // the first request to the provider would fail
        try
        {
            using var reused = await client.PostAsJsonAsync(
                "/api/auth/sso/azure/refresh",
                new { tenant_id = tenant.Id, refresh_token = member.RefreshToken }
            );
            Assert.Equal("INVALID_TOKEN", await reused.ReadProblemAsync(HttpStatusCode.Unauthorized));
        }
        finally
        {
            sso.Entra.Recover();
        }

        using var me = await member.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.Unauthorized, me.StatusCode);
    }

    [Fact]
    public async Task An_identity_can_be_unlinked_from_a_password_session()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var member = await tenant.Tenant.AddAsync(Core.Access.TenantRole.User);
        var local = sso.Api.NewClient(member.AccessToken);
        using var nothing = await local.DeleteAsync($"/api/users/me/sso-identities/{tenant.Id}");
        Assert.Equal("SSO_NO_IDENTITY", await nothing.ReadProblemAsync(HttpStatusCode.NotFound));

        var linked = await tenant.LinkAsync(tenant.AddPerson(member.Email));
        using var unlinked = await local.DeleteAsync($"/api/users/me/sso-identities/{tenant.Id}");
        Assert.Equal(tenant.Id, (await unlinked.ReadDataAsync()).GetProperty("tenant_id").GetGuid());
        using var me = await linked.Http.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.Unauthorized, me.StatusCode);
    }

    [Fact]
    public async Task Expired_tokens_and_sign_in_flows_are_purged()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var member = await tenant.EnterAsync(tenant.AddPerson());
        await sso.App.InControlAsync(db =>
            db.SsoIdentities.Where(one => one.TenantId == tenant.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(one => one.RefreshTokenExpiresAt, DateTimeOffset.UnixEpoch))
        );
        await sso.App.InControlAsync(db =>
            db.SsoFlows.Where(one => one.TenantId == tenant.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(one => one.ExpiresAt, DateTimeOffset.UnixEpoch))
        );
        await sso.RunAsync<PurgeSsoTokensJob>();
        Assert.Null((await IdentityAsync(tenant, member)).EncryptedRefreshToken);
        Assert.False(await sso.App.InControlAsync(db => db.SsoFlows.AnyAsync(flow => flow.TenantId == tenant.Id)));
    }

    private Task<SsoIdentity> IdentityAsync(SsoTenant tenant, SsoMember member) =>
        sso.App.InControlAsync(db =>
            db.SsoIdentities.AsNoTracking().SingleAsync(identity => identity.TenantId == tenant.Id && identity.UserId == member.Id)
        );

    private Task<int> ExpireAsync(SsoTenant tenant) =>
        sso.App.InControlAsync(db =>
            db.SsoIdentities.Where(one => one.TenantId == tenant.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(one => one.TokenExpiresAt, DateTimeOffset.UnixEpoch))
        );

    // Signs a person in to both tenants, then switches from one to the other.
    private static async Task<(SsoMember Here, SsoMember There)> SwitchAsync(SsoTenant tenant, SsoTenant sister, EntraUser person)
    {
        await tenant.EnterAsync(person); // creates the account
        await sister.VerifyDomainAsync(person.Email!.Split('@')[1]);
        await sister.EnterAsync(person);
        var here = await tenant.EnterAsync(person);
        return (here, await ReadSwitchAsync(here, sister));
    }

    private static async Task<SsoMember> ReadSwitchAsync(SsoMember from, SsoTenant to)
    {
        using var switched = await from.Http.PostAsJsonAsync("/api/auth/sso/switch-tenant", new { target_tenant_id = to.Id });
        return to.MemberOf(await switched.ReadAsync(HttpStatusCode.OK));
    }
}

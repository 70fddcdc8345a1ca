using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Mfa;

/// <summary>Tests that a tenant can demand a second factor of its members.</summary>
public sealed class MfaRequirementTests(SsoApi sso) : IClassFixture<SsoApi>
{
    private readonly SaaSApp _app = sso.App;

    [Fact]
    public async Task A_member_without_a_second_factor_loses_access_after_the_grace_period_until_they_add_one()
    {
        await using var tenant = await TestTenant.CreateAsync(_app);
        var member = await tenant.AddAsync(TenantRole.Viewer);
        using var demanded = await DemandAsync(tenant, graceDays: 3);
        Assert.True((await demanded.ReadDataAsync()).GetProperty("require_mfa").GetBoolean());
        using var inTime = await member.Http.GetAsync($"{tenant.Path}/documents");
        Assert.Equal(HttpStatusCode.OK, inTime.StatusCode);

        await EndGracePeriodAsync(tenant.Id);
        using var refused = await member.Http.GetAsync($"{tenant.Path}/documents");
        Assert.Equal("SECOND_FACTOR_REQUIRED", await refused.ReadProblemAsync(HttpStatusCode.Forbidden));
        using var stranger = await tenant.AsStrangerAsync();
        using var unknown = await stranger.GetAsync($"{tenant.Path}/documents");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);

        await Authenticator.AddAsync(_app, member.Http); // the routes of the own account stay open
        using var allowed = await member.Http.GetAsync($"{tenant.Path}/documents");
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
    }

    [Fact]
    public async Task An_admin_withdraws_the_demand_and_members_see_it()
    {
        await using var tenant = await TestTenant.CreateAsync(_app);
        await Authenticator.AddAsync(_app, tenant.Admin.Http);
        var member = await tenant.AddAsync(TenantRole.User);
        using var demanded = await DemandAsync(tenant, graceDays: 5);
        using var seen = await member.Http.GetAsync($"{tenant.Path}/mfa");
        Assert.Equal(
            (await demanded.ReadDataAsync()).GetProperty("required_from").GetString(),
            (await seen.ReadDataAsync()).GetProperty("required_from").GetString()
        );
        using var byMember = await member.Http.PutAsJsonAsync($"{tenant.Path}/mfa", new { require_mfa = false });
        Assert.Equal("FORBIDDEN", await byMember.ReadProblemAsync(HttpStatusCode.Forbidden));
        await EndGracePeriodAsync(tenant.Id);
        using var withdrawn = await tenant.Admin.Http.PutAsJsonAsync($"{tenant.Path}/mfa", new { require_mfa = false });
        Assert.False((await withdrawn.ReadDataAsync()).GetProperty("require_mfa").GetBoolean());
        using var allowed = await member.Http.GetAsync($"{tenant.Path}/documents");
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
    }

    [Fact]
    public async Task A_session_of_single_sign_on_satisfies_the_demand_with_amr_mfa_only()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var (weak, strong) = (tenant.AddPerson(), tenant.AddPerson());
        weak.AuthenticationMethods = ["pwd"];
        strong.AuthenticationMethods = ["pwd", "mfa", "not a method \u0000"];
        using var demanded = await tenant.Admin.PutAsJsonAsync($"/api/tenants/{tenant.Id}/mfa", new { require_mfa = true });
        Assert.Equal(HttpStatusCode.OK, demanded.StatusCode);
        await EndGracePeriodAsync(tenant.Id);

        var (without, with) = (await tenant.EnterAsync(weak), await tenant.EnterAsync(strong));
        using var refused = await without.Http.GetAsync($"/api/tenants/{tenant.Id}/documents");
        Assert.Equal("SECOND_FACTOR_REQUIRED", await refused.ReadProblemAsync(HttpStatusCode.Forbidden));
        using var allowed = await with.Http.GetAsync($"/api/tenants/{tenant.Id}/documents");
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
    }

    private Task<int> EndGracePeriodAsync(Guid tenantId) =>
        _app.InControlAsync(db =>
            db.Tenants.Where(tenant => tenant.Id == tenantId)
                .ExecuteUpdateAsync(set => set.SetProperty(tenant => tenant.MfaRequiredFrom, DateTimeOffset.UnixEpoch))
        );

    private static Task<HttpResponseMessage> DemandAsync(TestTenant tenant, int graceDays) =>
        tenant.Admin.Http.PutAsJsonAsync($"{tenant.Path}/mfa", new { require_mfa = true, grace_period_days = graceDays });
}

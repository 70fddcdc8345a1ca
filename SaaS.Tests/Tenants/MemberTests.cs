using System.Net.Http.Json;
using SaaS.Core.Access;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Tenants;

public sealed class MemberTests(SaaSApp app)
{
    [Fact]
    public async Task An_admin_adds_a_member_once()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var user = await TestUser.RegisterAsync(app);
        using var added = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/users", new { user_id = user.Id, role = "user" });
        using var again = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/users", new { user_id = user.Id, role = "viewer" });
        using var details = await user.Http.GetAsync(tenant.Path);

        Assert.Equal("user", (await added.ReadDataAsync(HttpStatusCode.Created)).GetProperty("role").GetString());
        Assert.Contains("already", (await again.ReadAsync(HttpStatusCode.BadRequest)).GetProperty("message").GetString(), StringComparison.Ordinal);
        var members = (await details.ReadDataAsync()).GetProperty("members").EnumerateArray().Select(member => (member.GetProperty("id").GetGuid(), member.GetProperty("role").GetString()));
        Assert.Equal([(tenant.Admin.Id, "admin"), (user.Id, "user")], members);
    }

    [Theory]
    [InlineData("owner")]
    [InlineData("superadmin")]
    [InlineData(3)]
    public async Task A_role_that_is_none_is_refused(object role)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var answer = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/users", new { user_id = tenant.Admin.Id, role });

        Assert.Equal(["role"], await answer.ReadFieldsAsync());
    }

    [Fact]
    public async Task Nobody_is_added_who_does_not_exist()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var answer = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/users", new { user_id = tenant.Id, role = "user" });

        Assert.Equal("NOT_FOUND", await answer.ReadRefusalAsync(HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task A_user_uploads_and_a_viewer_does_not()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var user = await tenant.AsAsync(TenantRole.User);
        using var viewer = await tenant.AsAsync(TenantRole.Viewer);
        using var byUser = await user.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf("a"u8.ToArray()));
        using var byViewer = await viewer.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf("b"u8.ToArray()));

        Assert.Equal(HttpStatusCode.Created, byUser.StatusCode);
        Assert.Equal("FORBIDDEN", await byViewer.ReadRefusalAsync(HttpStatusCode.Forbidden));
    }
}

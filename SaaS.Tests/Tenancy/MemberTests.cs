using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Tenancy;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Tenancy;

public sealed class MemberTests(SaaSApp app)
{
    [Fact]
    public async Task An_admin_adds_a_member_once_by_id_or_by_address()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var (user, viewer) = (await TestUser.RegisterAsync(app), await TestUser.RegisterAsync(app));
        await viewer.ConfirmEmailAsync(app);
        using var added = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/users", new { user_id = user.Id, role = "user" });
        using var again = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/users", new { user_id = user.Id, role = "viewer" });
        using var byAddress = await tenant.Admin.Http.PostAsJsonAsync(
            $"{tenant.Path}/users",
            new { email = viewer.Email.ToUpperInvariant(), role = "viewer" }
        );
        using var details = await user.Http.GetAsync(tenant.Path);

        Assert.Equal("user", (await added.ReadDataAsync(HttpStatusCode.Created)).GetProperty("role").GetString());
        Assert.Contains(
            "already",
            (await again.ReadAsync(HttpStatusCode.BadRequest)).GetProperty("message").GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal(viewer.Id, (await byAddress.ReadDataAsync(HttpStatusCode.Created)).GetProperty("user_id").GetGuid());
        var members = (await details.ReadDataAsync())
            .GetProperty("members")
            .EnumerateArray()
            .Select(member => (member.GetProperty("id").GetGuid(), member.GetProperty("role").GetString()));
        Assert.Equal([(tenant.Admin.Id, "admin"), (user.Id, "user"), (viewer.Id, "viewer")], members);
    }

    [Fact]
    public async Task An_unconfirmed_address_does_not_identify_an_account()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var squatter = await TestUser.RegisterAsync(app);
        using var before = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/users", new { email = squatter.Email, role = "admin" });
        using var unknown = await tenant.Admin.Http.PostAsJsonAsync(
            $"{tenant.Path}/users",
            new { email = TestUser.NewEmail(), role = "admin" }
        );
        await squatter.ConfirmEmailAsync(app);
        using var after = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/users", new { email = squatter.Email, role = "admin" });

        var (toSquatter, toUnknown) = (
            await before.ReadDataAsync(HttpStatusCode.Accepted),
            await unknown.ReadDataAsync(HttpStatusCode.Accepted)
        );
        Assert.Equal(
            toUnknown.EnumerateObject().Select(field => (field.Name, field.Value.ValueKind)),
            toSquatter.EnumerateObject().Select(field => (field.Name, field.Value.ValueKind))
        );
        Assert.Equal(HttpStatusCode.Created, after.StatusCode);
    }

    [Fact]
    public async Task A_member_is_added_either_by_id_or_by_address()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var user = await TestUser.RegisterAsync(app);
        using var both = await tenant.Admin.Http.PostAsJsonAsync(
            $"{tenant.Path}/users",
            new
            {
                user_id = user.Id,
                email = user.Email,
                role = "user",
            }
        );
        using var neither = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/users", new { role = "user" });

        Assert.Equal(["user_id"], await both.ReadFieldsAsync());
        Assert.Equal(["user_id"], await neither.ReadFieldsAsync());
    }

    [Theory]
    [InlineData("owner")]
    [InlineData("superadmin")]
    [InlineData(3)]
    public async Task An_unknown_role_is_rejected(object role)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var added = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/users", new { user_id = tenant.Admin.Id, role });
        using var changed = await tenant.Admin.Http.PutAsJsonAsync($"{tenant.Path}/users/{tenant.Admin.Id}", new { role });

        Assert.Equal(["role"], await added.ReadFieldsAsync());
        Assert.Equal(["role"], await changed.ReadFieldsAsync());
    }

    [Fact]
    public async Task Adding_an_unknown_account_is_rejected()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var byId = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/users", new { user_id = tenant.Id, role = "user" });

        Assert.Equal("NOT_FOUND", await byId.ReadProblemAsync(HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task A_changed_role_applies_from_the_next_request()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var member = await tenant.AddAsync(TenantRole.Viewer);
        using var before = await member.Http.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf("a"u8.ToArray()));
        using var changed = await tenant.Admin.Http.PatchAsJsonAsync($"{tenant.Path}/users/{member.Id}", new { role = "user" });
        using var after = await member.Http.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf("a"u8.ToArray()));

        Assert.Equal("user", (await changed.ReadDataAsync()).GetProperty("role").GetString());
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Created), (before.StatusCode, after.StatusCode));
    }

    [Fact]
    public async Task Members_who_leave_or_are_removed_lose_access()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var (leaver, removed) = (await tenant.AddAsync(TenantRole.Viewer), await tenant.AddAsync(TenantRole.User));
        using var left = await leaver.Http.DeleteAsync($"{tenant.Path}/users/{leaver.Id}");
        using var notTheirs = await removed.Http.DeleteAsync($"{tenant.Path}/users/{tenant.Admin.Id}");
        using var thrownOut = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/users/{removed.Id}");
        using var again = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/users/{removed.Id}");

        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.OK, HttpStatusCode.NotFound),
            (left.StatusCode, notTheirs.StatusCode, thrownOut.StatusCode, again.StatusCode)
        );
        foreach (var stranger in new[] { leaver, removed })
        {
            using var answer = await stranger.Http.GetAsync(tenant.Path);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Fact]
    public async Task The_last_admin_cannot_leave_or_be_demoted()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.AddAsync(TenantRole.User);
        using var left = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/users/{tenant.Admin.Id}");
        using var less = await tenant.Admin.Http.PutAsJsonAsync($"{tenant.Path}/users/{tenant.Admin.Id}", new { role = "user" });

        Assert.Contains(
            "last admin",
            (await left.ReadAsync(HttpStatusCode.BadRequest)).GetProperty("message").GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal("LAST_ADMIN", await less.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task A_deactivated_admin_does_not_count_as_a_remaining_admin()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var gone = await tenant.AddAsync(TenantRole.Admin);
        await app.InControlAsync(db =>
            db.Users.Where(user => user.Id == gone.Id).ExecuteUpdateAsync(set => set.SetProperty(user => user.IsActive, false))
        );
        using var left = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/users/{tenant.Admin.Id}");

        Assert.Equal("LAST_ADMIN", await left.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task One_of_two_admins_who_leave_concurrently_stays_admin()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var other = await tenant.AddAsync(TenantRole.Admin);

        for (var round = 0; round < 200; round++)
        {
            var answers = await Task.WhenAll(Less(tenant.Admin, round % 2 == 0), Less(other, round % 3 == 0));
            Assert.Single(answers, answer => answer.StatusCode is HttpStatusCode.OK);
            Assert.Single(answers, answer => answer.StatusCode is HttpStatusCode.BadRequest);
            Assert.Equal(1, await AdminsAsync());
            await app.InControlAsync(async db =>
            {
                await db.Memberships.Where(member => member.TenantId == tenant.Id).ExecuteDeleteAsync();
                db.Memberships.AddRange(
                    new[] { tenant.Admin, other }.Select(admin => new Core.Tenancy.Members.Membership
                    {
                        UserId = admin.Id,
                        TenantId = tenant.Id,
                        Role = TenantRole.Admin,
                        JoinedAt = DateTimeOffset.UnixEpoch,
                    })
                );
                return await db.SaveChangesAsync();
            });
        }

        Task<HttpResponseMessage> Less(TestUser admin, bool leaves) =>
            leaves
                ? admin.Http.DeleteAsync($"{tenant.Path}/users/{admin.Id}")
                : admin.Http.PutAsJsonAsync($"{tenant.Path}/users/{admin.Id}", new { role = "viewer" });

        Task<int> AdminsAsync() =>
            app.InControlAsync(db => db.Memberships.CountAsync(member => member.TenantId == tenant.Id && member.Role == TenantRole.Admin));
    }

    [Fact]
    public async Task A_user_can_upload_and_a_viewer_cannot()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var user = await tenant.AsAsync(TenantRole.User);
        using var viewer = await tenant.AsAsync(TenantRole.Viewer);
        using var byUser = await user.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf("a"u8.ToArray()));
        using var byViewer = await viewer.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf("b"u8.ToArray()));

        Assert.Equal(HttpStatusCode.Created, byUser.StatusCode);
        Assert.Equal("FORBIDDEN", await byViewer.ReadProblemAsync(HttpStatusCode.Forbidden));
    }
}

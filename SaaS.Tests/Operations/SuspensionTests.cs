using System.Net.Http.Json;
using SaaS.Tests.Architecture;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Operations;

/// <summary>Tests tenants that operators have made read-only or closed.</summary>
public sealed class SuspensionTests(SaaSApp app)
{
    [Theory]
    [InlineData("closed", "TENANT_SUSPENDED")]
    [InlineData("read_only", "TENANT_READ_ONLY")]
    public async Task Every_operation_of_a_suspended_tenant_is_refused_as_its_mode_says(string mode, string code)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var ids = await TenantIds.PlantAsync(app, tenant);
        using var stranger = await tenant.AsStrangerAsync();
        await SuspendAsync(tenant, mode);
        foreach (var operation in (await ApiOperation.ReadAllAsync(app)).Where(operation => operation.Role is not null))
        {
            using var toAdmin = await tenant.Admin.Http.SendAsync(TenantMatrixTests.RequestOf(operation, ids));
            using var toStranger = await stranger.SendAsync(TenantMatrixTests.RequestOf(operation, ids));
            if (mode is "read_only" && operation.Method is "GET")
            {
                Assert.True(toAdmin.StatusCode is not HttpStatusCode.Forbidden, $"{operation.Name}: {(int)toAdmin.StatusCode}");
            }
            else
            {
                Assert.Equal((operation.Name, code), (operation.Name, await toAdmin.ReadProblemAsync(HttpStatusCode.Forbidden)));
            }

            Assert.Equal((operation.Name, "NOT_FOUND"), (operation.Name, await toStranger.ReadProblemAsync(HttpStatusCode.NotFound)));
        }
    }

    [Fact]
    public async Task Admins_are_told_why_and_when_it_is_over()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await SuspendAsync(tenant, "closed", "Unpaid invoices since March");
        var closed = await ReceivedMail.WaitForAsync(app, tenant.Admin.Email, "Your tenant was closed");
        await SuspendAsync(tenant, "read_only", "Paid in part");
        var readOnly = await ReceivedMail.WaitForAsync(app, tenant.Admin.Email, "Your tenant is read-only");
        var operator_ = await TestUser.OperatorAsync(app);
        using var resumed = await operator_.Http.PostAsync($"/api/admin/tenants/{tenant.Id}/resume", content: null);
        using var again = await operator_.Http.PostAsync($"/api/admin/tenants/{tenant.Id}/resume", content: null);
        await ReceivedMail.WaitForAsync(app, tenant.Admin.Email, "Your tenant is open again");
        using var renamed = await tenant.Admin.Http.PutAsJsonAsync(tenant.Path, new { name = "Open again" });

        Assert.Contains("Unpaid invoices since March", closed.Text, StringComparison.Ordinal);
        Assert.Contains("Paid in part", readOnly.Text, StringComparison.Ordinal);
        Assert.Equal("none", (await resumed.ReadDataAsync()).GetProperty("suspension").GetString());
        Assert.Equal("TENANT_NOT_SUSPENDED", await again.ReadProblemAsync(HttpStatusCode.Conflict));
        Assert.Equal(HttpStatusCode.OK, renamed.StatusCode);
    }

    [Fact]
    public async Task A_closed_tenant_loses_no_event_and_its_links_stop_working()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("something"u8.ToArray());
        using var linked = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents/{document.IdOf()}/download-url");
        var link = new Uri((await linked.ReadDataAsync()).GetProperty("download_url").GetString()!);
        using var nobody = app.NewClient();
        using var before = await nobody.GetAsync(link.PathAndQuery);
        await SuspendAsync(tenant, "closed");
        using var after = await nobody.GetAsync(link.PathAndQuery);
        await tenant.DrainAsync();

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.True(after.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound, $"{(int)after.StatusCode}");
    }

    [Fact]
    public async Task Nobody_joins_a_suspended_tenant()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var invitation = await TestInvitation.CreateAsync(app, tenant);
        await invitation.GetTokenAsync();
        await SuspendAsync(tenant, "read_only");
        using var registered = await invitation.RegisterAsync();

        Assert.Equal("INVALID_INVITATION", await registered.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task Only_active_tenants_are_suspended_and_the_request_names_what_is_allowed()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var operator_ = await TestUser.OperatorAsync(app);
        var path = $"/api/admin/tenants/{tenant.Id}/suspend";
        using var wrongMode = await operator_.Http.PostAsJsonAsync(path, new { mode = "paused", reason = "x" });
        using var noReason = await operator_.Http.PostAsJsonAsync(path, new { mode = "closed", reason = " " });
        using var unknown = await operator_.Http.PostAsJsonAsync(
            $"/api/admin/tenants/{operator_.Id}/suspend",
            new { mode = "closed", reason = "x" }
        );
        using var deleted = await tenant.Admin.Http.DeleteAsync(tenant.Path);
        using var late = await operator_.Http.PostAsJsonAsync(path, new { mode = "closed", reason = "x" });

        Assert.Equal(["mode"], await wrongMode.ReadFieldsAsync());
        Assert.Equal(["reason"], await noReason.ReadFieldsAsync());
        Assert.Equal("NOT_FOUND", await unknown.ReadProblemAsync(HttpStatusCode.NotFound));
        Assert.Equal("TENANT_NOT_SUSPENDABLE", await late.ReadProblemAsync(HttpStatusCode.Conflict));
    }

    private async Task SuspendAsync(TestTenant tenant, string mode, string reason = "A test")
    {
        var operator_ = await TestUser.OperatorAsync(app);
        using var suspended = await operator_.Http.PostAsJsonAsync($"/api/admin/tenants/{tenant.Id}/suspend", new { mode, reason });
        Assert.Equal(mode, (await suspended.ReadDataAsync()).GetProperty("suspension").GetString());
    }
}

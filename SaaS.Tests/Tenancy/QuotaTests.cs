using System.Net.Http.Json;
using SaaS.Core.Access;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Tenancy;

/// <summary>Tests that a tenant can never exceed its agreed quotas, even with concurrent requests.</summary>
public sealed class QuotaTests(SaaSApp app)
{
    [Fact]
    public async Task Tenant_details_show_quotas_and_usage()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.UploadAsync("12345"u8.ToArray());
        await tenant.UploadAsync("12345"u8.ToArray()); // the same content is counted once
        await AgreeAsync(tenant, new { max_members = 7 });
        using var answer = await tenant.Admin.Http.GetAsync(tenant.Path);
        var details = await answer.ReadDataAsync();
        var (quotas, usage) = (details.GetProperty("quotas"), details.GetProperty("usage"));

        Assert.Equal((7, 1_000_000), (quotas.GetProperty("max_members").GetInt32(), quotas.GetProperty("max_documents").GetInt32()));
        Assert.Equal(
            (1, 2, 5),
            (
                usage.GetProperty("members").GetInt32(),
                usage.GetProperty("documents").GetInt32(),
                usage.GetProperty("storage_bytes").GetInt32()
            )
        );
    }

    [Fact]
    public async Task Concurrent_uploads_succeed_up_to_the_document_quota()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await AgreeAsync(tenant, new { max_documents = 5 });
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => tenant.Admin.Http.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf([1, (byte)i])))
        );

        Assert.Equal(5, answers.Count(answer => answer.StatusCode is HttpStatusCode.Created));
        foreach (var refused in answers.Where(answer => answer.StatusCode is not HttpStatusCode.Created))
        {
            Assert.Equal("QUOTA_EXCEEDED", await refused.ReadProblemAsync(HttpStatusCode.Conflict));
        }

        // The rejected uploads left no orphaned object.
        Assert.Equal(5, tenant.Objects.Count);
    }

    [Fact]
    public async Task The_storage_quota_is_enforced_to_the_byte()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await AgreeAsync(tenant, new { max_storage_bytes = 10 });
        await tenant.UploadAsync("123456"u8.ToArray());
        using var tooMuch = await tenant.Admin.Http.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf("abcde"u8.ToArray()));
        using var fits = await tenant.Admin.Http.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf("abcd"u8.ToArray()));
        using var knownAlready = await tenant.Admin.Http.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf("123456"u8.ToArray()));

        Assert.Equal("QUOTA_EXCEEDED", await tooMuch.ReadProblemAsync(HttpStatusCode.Conflict));
        Assert.Equal(["max_storage_bytes"], await tooMuch.ReadFieldsAsync(HttpStatusCode.Conflict));
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (fits.StatusCode, knownAlready.StatusCode));
    }

    [Fact]
    public async Task The_member_quota_is_enforced()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await AgreeAsync(tenant, new { max_members = 2 });
        await tenant.AddAsync(TenantRole.Viewer);
        var user = await TestUser.RegisterAsync(app);
        using var answer = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/users", new { user_id = user.Id, role = "user" });

        Assert.Equal("QUOTA_EXCEEDED", await answer.ReadProblemAsync(HttpStatusCode.Conflict));
        Assert.Equal(["max_members"], await answer.ReadFieldsAsync(HttpStatusCode.Conflict));
    }

    private async Task AgreeAsync(TestTenant tenant, object quotas)
    {
        var operator_ = await TestUser.OperatorAsync(app);
        using var answer = await operator_.Http.PutAsJsonAsync($"/api/admin/tenants/{tenant.Id}/quotas", quotas);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}

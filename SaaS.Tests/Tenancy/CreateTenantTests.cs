using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Provisioning;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Tenancy;

[Trait("PostgreSQL", "18")]
public sealed class CreateTenantTests(SaaSApp app)
{
    [Fact]
    public async Task A_new_tenant_is_usable_immediately_and_its_creator_is_admin()
    {
        var user = await TestUser.RegisterAsync(app);
        using var created = await user.Http.PostAsJsonAsync("/api/tenants", new { name = "  Acme & Söhne (2024)  " });
        var tenant = await created.ReadDataAsync(HttpStatusCode.Created);
        var id = tenant.GetProperty("id").GetGuid();

        Assert.Equal($"/api/tenants/{id}", created.Headers.Location?.ToString());
        Assert.Equal(
            ("Acme & Söhne (2024)", "admin", true),
            (tenant.GetProperty("name").GetString(), tenant.GetProperty("role").GetString(), tenant.GetProperty("is_active").GetBoolean())
        );
        Assert.Matches("^tenant_acme_s_hne_2024_[0-9a-f]{8}$", tenant.GetProperty("database_name").GetString());
        using var documents = await user.Http.GetAsync($"/api/tenants/{id}/documents");
        Assert.Equal(0, (await documents.ReadDataAsync()).GetProperty("pagination").GetProperty("total").GetInt32());
        using var mine = await user.Http.GetAsync("/api/tenants");
        Assert.Equal(id, Assert.Single((await mine.ReadDataAsync()).EnumerateArray()).GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task More_concurrent_creations_than_connections_all_succeed()
    {
        var user = await TestUser.RegisterAsync(app);
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(number => user.Http.PostAsJsonAsync("/api/tenants", new { name = $"At once {number}" }))
        );

        Assert.All(
            answers,
            answer =>
            {
                using (answer)
                {
                    Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
                }
            }
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("two\nlines")]
    public async Task An_invalid_tenant_name_is_rejected(string name)
    {
        var user = await TestUser.RegisterAsync(app);
        using var answer = await user.Http.PostAsJsonAsync("/api/tenants", new { name });

        Assert.Equal(["name"], await answer.ReadFieldsAsync());
    }

    [Theory]
    [InlineData("Acme Corp", "tenant_acme_corp_00000001")]
    [InlineData("Test-Co (2024)", "tenant_test_co_2024_00000001")]
    [InlineData("!!!", "tenant__00000001")]
    [InlineData("Ünïcôdé", "tenant_n_c_d_00000001")]
    [InlineData("株式会社", "tenant__00000001")]
    public void A_database_name_is_readable_ASCII(string name, string expected)
    {
        Assert.Equal(expected, TenantDatabaseName.Create(name, Guid.Parse("00000000-0000-7000-8000-000000000001")));
    }

    [Fact]
    public void A_database_name_fits_into_63_bytes()
    {
        Assert.Equal(63, TenantDatabaseName.Create(new string('A', 255), Guid.Empty).Length);
    }

    [Fact]
    public async Task The_repair_job_completes_an_interrupted_tenant_creation()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("kept"u8.ToArray());
        // The state after a crash right before the last step: everything is created, but the row does not say so.
        await app.InControlAsync(db =>
            db.Tenants.Where(row => row.Id == tenant.Id)
                .ExecuteUpdateAsync(set =>
                    set.SetProperty(row => row.State, TenantState.Provisioning)
                        .SetProperty(row => row.CreatedAt, row => row.CreatedAt.AddMinutes(-5))
                )
        );

        await Eventually.HoldsAsync(
            async () => (await tenant.Admin.Http.GetAsync(tenant.Path)).StatusCode is HttpStatusCode.OK,
            "the tenant was not repaired"
        );
        using var again = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents/{document.GetProperty("id").GetGuid()}");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }
}

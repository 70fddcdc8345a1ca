using System.Net.Http.Json;
using SaaS.Core.Access;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Tenancy;

/// <summary>Tests the management of service accounts and their API keys.</summary>
public sealed class ServiceAccountTests(SaaSApp app)
{
    private static readonly string[] Scopes = ["documents:read"];

    [Fact]
    public async Task A_service_account_can_be_created_changed_and_deleted()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var created = await tenant.Admin.Http.PostAsJsonAsync(
            $"{tenant.Path}/service-accounts",
            new
            {
                name = "  Importer  ",
                description = "Imports invoices.",
                role = "user",
            }
        );
        var account = await created.ReadDataAsync(HttpStatusCode.Created);
        var path = created.Headers.Location!.ToString();
        Assert.Equal(
            ("Importer", "Imports invoices.", "user", true, tenant.Admin.Id),
            (
                account.GetProperty("name").GetString(),
                account.GetProperty("description").GetString(),
                account.GetProperty("role").GetString(),
                account.GetProperty("is_enabled").GetBoolean(),
                account.GetProperty("created_by").GetGuid()
            )
        );

        using var changed = await tenant.Admin.Http.PatchAsJsonAsync(path, new { description = "", role = "viewer" });
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        using var unchanged = await tenant.Admin.Http.PatchAsJsonAsync(path, new { role = "viewer" });
        Assert.Equal(HttpStatusCode.OK, unchanged.StatusCode);
        using var shown = await tenant.Admin.Http.GetAsync(path);
        var after = await shown.ReadDataAsync();
        Assert.Equal(
            ("Importer", "", "viewer"),
            (after.GetProperty("name").GetString(), after.GetProperty("description").GetString(), after.GetProperty("role").GetString())
        );

        using var deleted = await tenant.Admin.Http.DeleteAsync(path);
        using var gone = await tenant.Admin.Http.GetAsync(path);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (deleted.StatusCode, gone.StatusCode));
    }

    [Theory]
    [InlineData("scopes", """{"name": "k", "scopes": []}""")]
    [InlineData("scopes", """{"name": "k", "scopes": ["telemetry:write"]}""")]
    [InlineData("scopes", """{"name": "k", "scopes": ["DOCUMENTS:READ"]}""")]
    [InlineData("scopes", """{"name": "k", "scopes": ["documents:write"]}""")]
    [InlineData("name", """{"name": " ", "scopes": ["documents:read"]}""")]
    [InlineData("expires_in_days", """{"name": "k", "scopes": ["documents:read"], "expires_in_days": 0}""")]
    [InlineData("expires_in_days", """{"name": "k", "scopes": ["documents:read"], "expires_in_days": 731}""")]
    [InlineData("allowed_networks", """{"name": "k", "scopes": ["documents:read"], "allowed_networks": ["192.0.2.1/24"]}""")]
    [InlineData("allowed_networks", """{"name": "k", "scopes": ["documents:read"], "allowed_networks": ["192.0.2.0/33"]}""")]
    [InlineData("allowed_networks", """{"name": "k", "scopes": ["documents:read"], "allowed_networks": ["10.1/16"]}""")]
    [InlineData("allowed_networks", """{"name": "k", "scopes": ["documents:read"], "allowed_networks": ["::ffff:192.0.2.0/120"]}""")]
    [InlineData("allowed_networks", """{"name": "k", "scopes": ["documents:read"], "allowed_networks": ["fe80::1%eth0"]}""")]
    [InlineData("allowed_networks", """{"name": "k", "scopes": ["documents:read"], "allowed_networks": ["everywhere"]}""")]
    public async Task An_invalid_key_is_rejected_by_field(string field, string body)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var account = await PlantedKey.CreateAsync(tenant, TenantRole.Viewer, ["documents:read"]);
        using var answer = await tenant.Admin.Http.PostAsync(
            $"{account.AccountPath(tenant)}/keys",
            new StringContent(body, System.Text.Encoding.UTF8, "application/json")
        );
        Assert.Equal([field], await answer.ReadFieldsAsync());
    }

    [Fact]
    public async Task The_numbers_of_accounts_and_keys_are_limited_even_for_concurrent_requests()
    {
        await using var api = app.StartApi(
            new()
            {
                ["ServiceAccounts:MaxPerTenant"] = "2",
                ["ServiceAccounts:MaxKeysPerAccount"] = "2",
                ["ServiceAccounts:MaxRotationOverlap"] = "01:00:00",
                ["ServiceAccounts:MaxKeyLifetime"] = "30.00:00:00",
            }
        );
        await using var tenant = await TestTenant.CreateAsync(app);
        using var admin = api.NewClient(tenant.Admin.AccessToken);
        var accounts = await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(_ => admin.PostAsJsonAsync($"{tenant.Path}/service-accounts", new { name = "Importer", role = "viewer" }))
        );
        Assert.Equal(2, accounts.Count(answer => answer.StatusCode is HttpStatusCode.Created));
        foreach (var refused in accounts.Where(answer => answer.StatusCode is not HttpStatusCode.Created))
        {
            Assert.Equal("SERVICE_ACCOUNT_LIMIT_REACHED", await refused.ReadProblemAsync(HttpStatusCode.Conflict));
        }

        var account = await accounts.First(answer => answer.StatusCode is HttpStatusCode.Created).ReadDataAsync(HttpStatusCode.Created);
        var keys = $"{tenant.Path}/service-accounts/{account.IdOf()}/keys";
        var created = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => CreateAsync(30)));
        Assert.Equal(2, created.Count(answer => answer.StatusCode is HttpStatusCode.Created));
        using var tooLong = await CreateAsync(31);
        Assert.Equal(["expires_in_days"], await tooLong.ReadFieldsAsync());

        // A rotated key does not count beside its successor.
        var first = await created.First(answer => answer.StatusCode is HttpStatusCode.Created).ReadDataAsync(HttpStatusCode.Created);
        var rotate = $"{keys}/{first.GetProperty("api_key").IdOf()}/rotate";
        using var tooMuch = await admin.PostAsJsonAsync(rotate, new { overlap_seconds = 3_601 });
        using var rotated = await admin.PostAsJsonAsync(rotate, new { overlap_seconds = 3_600 });
        using var full = await CreateAsync(1);
        Assert.Equal(["overlap_seconds"], await tooMuch.ReadFieldsAsync());
        Assert.Equal(HttpStatusCode.Created, rotated.StatusCode);
        Assert.Equal("API_KEY_LIMIT_REACHED", await full.ReadProblemAsync(HttpStatusCode.Conflict));

        Task<HttpResponseMessage> CreateAsync(int days) =>
            admin.PostAsJsonAsync(
                keys,
                new
                {
                    name = "Nightly",
                    scopes = Scopes,
                    expires_in_days = days,
                }
            );
    }

    [Fact]
    public async Task An_admin_of_another_tenant_can_neither_see_nor_change_accounts_and_keys()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var other = await TestTenant.CreateAsync(app);
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.Admin, PlantedKey.AllScopes);
        var own = await PlantedKey.CreateAsync(other, TenantRole.Admin, PlantedKey.AllScopes);
        string[] paths =
        [
            key.AccountPath(tenant), // another tenant
            key.AccountPath(other), // an account of another tenant
            own.PathOf(other).Replace(own.Id.ToString(), key.Id.ToString(), StringComparison.Ordinal), // a key of another account
            key.PathOf(other),
        ];
        foreach (var path in paths)
        {
            using var rotated = await other.Admin.Http.PostAsJsonAsync($"{path}/rotate", new { overlap_seconds = 0 });
            using var removed = await other.Admin.Http.DeleteAsync(path);
            using var listed = await other.Admin.Http.GetAsync($"{path}/keys");
            using var made = await other.Admin.Http.PostAsJsonAsync($"{path}/keys", new { name = "k", scopes = Scopes });
            Assert.All(
                (HttpResponseMessage[])[rotated, removed, listed, made],
                answer => Assert.Equal((path, HttpStatusCode.NotFound), (path, answer.StatusCode))
            );
        }

        using var client = app.NewClient(key.Secret);
        using var still = await client.GetAsync($"{tenant.Path}/documents");
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }

    [Fact]
    public async Task Service_accounts_do_not_count_as_members()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await PlantedKey.CreateAsync(tenant, TenantRole.Admin, ["documents:read"]);
        using var shown = await tenant.Admin.Http.GetAsync(tenant.Path);
        Assert.Equal(1, (await shown.ReadDataAsync()).GetProperty("usage").GetProperty("members").GetInt32());
        using var left = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/users/{tenant.Admin.Id}");
        Assert.Equal("LAST_ADMIN", await left.ReadProblemAsync(HttpStatusCode.BadRequest)); // a program is no admin who can take over
    }
}

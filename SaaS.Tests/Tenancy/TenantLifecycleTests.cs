using System.IO.Compression;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Core.Encryption;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Provisioning;
using SaaS.Infrastructure.Encryption;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Tenancy;

/// <summary>Tests the life cycle of a tenant: renamed, deleted, restored, and finally erased.</summary>
public sealed class TenantLifecycleTests(SaaSApp app)
{
    [Fact]
    public async Task A_renamed_tenant_keeps_its_database()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var renamed = await tenant.Admin.Http.PutAsJsonAsync(tenant.Path, new { name = "  Neue Firma GmbH " });
        using var details = await tenant.Admin.Http.GetAsync(tenant.Path);

        Assert.Equal("Neue Firma GmbH", (await renamed.ReadDataAsync()).GetProperty("name").GetString());
        var data = await details.ReadDataAsync();
        Assert.Equal(
            ("Neue Firma GmbH", true),
            (
                data.GetProperty("name").GetString(),
                data.GetProperty("database_name").GetString()!.StartsWith("tenant_test_company_", StringComparison.Ordinal)
            )
        );
    }

    [Fact]
    public async Task A_deleted_tenant_is_inaccessible_and_can_be_restored_with_its_data()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("kept"u8.ToArray());
        using var member = await tenant.AsAsync(TenantRole.User);
        using var deleted = await tenant.Admin.Http.DeleteAsync(tenant.Path);
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);

        foreach (var client in new[] { tenant.Admin.Http, member })
        {
            using var closed = await client.GetAsync($"{tenant.Path}/documents");
            Assert.Equal(HttpStatusCode.NotFound, closed.StatusCode);
        }

        Assert.DoesNotContain(tenant.Id, await IdsAsync("/api/tenants"));
        Assert.Contains(tenant.Id, await IdsAsync("/api/tenants?include_deleted=true"));
        using var notTheirs = await member.PostAsync($"{tenant.Path}/restore", content: null);
        using var restored = await tenant.Admin.Http.PostAsync($"{tenant.Path}/restore", content: null);
        using var again = await tenant.Admin.Http.PostAsync($"{tenant.Path}/restore", content: null);
        Assert.Equal(HttpStatusCode.Forbidden, notTheirs.StatusCode);
        Assert.True((await restored.ReadDataAsync()).GetProperty("is_active").GetBoolean());
        Assert.Equal("TENANT_NOT_DELETED", await again.ReadProblemAsync(HttpStatusCode.Conflict));
        using var found = await member.GetAsync($"{tenant.Path}/documents/{document.GetProperty("id").GetGuid()}");
        Assert.Equal(HttpStatusCode.OK, found.StatusCode);

        async Task<List<Guid>> IdsAsync(string path)
        {
            using var list = await tenant.Admin.Http.GetAsync(path);
            return [.. (await list.ReadDataAsync()).EnumerateArray().Select(one => one.GetProperty("id").GetGuid())];
        }
    }

    [Fact]
    public async Task A_tenant_cannot_be_restored_after_the_grace_period()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var later = app.StartApi(clock: new ShiftedClock { Ahead = TimeSpan.FromDays(31) });
        using var deleted = await tenant.Admin.Http.DeleteAsync(tenant.Path);
        var admin = await TestUser.LogInAsync(later, tenant.Admin.Email);
        using var restored = await admin.Http.PostAsync($"{tenant.Path}/restore", content: null);

        Assert.Equal("GRACE_PERIOD_OVER", await restored.ReadProblemAsync(HttpStatusCode.Conflict));
    }

    [Fact]
    [Trait("PostgreSQL", "18")]
    public async Task An_erasure_ordered_by_an_operator_leaves_only_the_export()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        var tenant = await TestTenant.CreateAsync(app);
        var other = await TestTenant.CreateAsync(app);
        await tenant.UploadAsync("exported"u8.ToArray(), "export me.pdf");
        await other.UploadAsync("stays"u8.ToArray());
        await tenant.DrainAsync();
        var database = (await app.InControlAsync(db => db.Tenants.SingleAsync(row => row.Id == tenant.Id))).DatabaseName;

        using var ordered = await operator_.Http.DeleteAsync($"/api/admin/tenants/{tenant.Id}?export=true");
        var state = await ordered.ReadDataAsync();
        Assert.Equal(("deleted", true), (state.GetProperty("state").GetString(), state.GetProperty("export_wanted").GetBoolean()));
        await app.DrainAsync();

        // The tenant is not erased before the grace period ends.
        Assert.Contains("0 of 0", await EraseAsync(TimeSpan.FromDays(29)), StringComparison.Ordinal);
        Assert.Equal(2, await ExistAsync(database));
        Assert.True(await app.InControlAsync(db => db.CipherKeys.AnyAsync(key => key.TenantId == tenant.Id)));
        // Other tests request erasures, too.
        Assert.Matches(@"^(\d+) of \1 tenants erased, 0 failed$", await EraseAsync(TimeSpan.FromDays(31)));

        Assert.Equal(0, await ExistAsync(database));
        Assert.False(await app.InControlAsync(db => db.Tenants.AnyAsync(row => row.Id == tenant.Id)));
        Assert.False(await app.InControlAsync(db => db.Memberships.AnyAsync(row => row.TenantId == tenant.Id)));
        Assert.False(await app.InControlAsync(db => db.CipherKeys.AnyAsync(key => key.TenantId == tenant.Id)));
        Assert.Equal(["export.zip"], Directory.EnumerateFiles(FolderOf(tenant), "*", SearchOption.AllDirectories).Select(Path.GetFileName));
        using var gone = await operator_.Http.GetAsync($"/api/admin/tenants/{tenant.Id}");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);

        using var export = await operator_.Http.GetAsync($"/api/admin/tenants/{tenant.Id}/export");
        await using var zip = new ZipArchive(await export.Content.ReadAsStreamAsync());
        Assert.Contains("export me.pdf", await ReadAsync(zip.GetEntry("tables/documents.jsonl")!), StringComparison.Ordinal);
        Assert.Equal(
            "exported",
            await ReadAsync(Assert.Single(zip.Entries, entry => entry.FullName.StartsWith("objects/", StringComparison.Ordinal)))
        );
        using var removed = await operator_.Http.DeleteAsync($"/api/admin/tenants/{tenant.Id}/export");
        using var after = await operator_.Http.GetAsync($"/api/admin/tenants/{tenant.Id}/export");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (removed.StatusCode, after.StatusCode));

        // No other tenant's data is affected.
        Assert.Single(Directory.EnumerateFiles(FolderOf(other), "*", SearchOption.AllDirectories));
        using var untouched = await other.Admin.Http.GetAsync(other.Path);
        Assert.Equal(HttpStatusCode.OK, untouched.StatusCode);
        await other.DisposeAsync();
    }

    [Fact]
    public async Task Only_operators_can_revoke_an_erasure_ordered_by_an_operator()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        await using var tenant = await TestTenant.CreateAsync(app);
        using var ordered = await operator_.Http.DeleteAsync($"/api/admin/tenants/{tenant.Id}");
        using var refused = await tenant.Admin.Http.PostAsync($"{tenant.Path}/restore", content: null);
        Assert.Equal("TENANT_ERASURE_ORDERED", await refused.ReadProblemAsync(HttpStatusCode.Conflict));
        using var restored = await operator_.Http.PostAsync($"/api/admin/tenants/{tenant.Id}/restore", content: null);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (ordered.StatusCode, restored.StatusCode));

        await EraseAsync(TimeSpan.FromDays(31));
        using var open = await tenant.Admin.Http.GetAsync(tenant.Path);
        Assert.Equal(HttpStatusCode.OK, open.StatusCode);
    }

    [Fact]
    public async Task An_interrupted_erasure_is_completed()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        var tenant = await TestTenant.CreateAsync(app);
        await tenant.DrainAsync();
        using var ordered = await operator_.Http.DeleteAsync($"/api/admin/tenants/{tenant.Id}");
        await app.DrainAsync();
        var row = await app.InControlAsync(db => db.Tenants.SingleAsync(one => one.Id == tenant.Id));

        // The state after a crash once the database is dropped: the row still says that the tenant is being erased.
        await app.InControlAsync(db =>
            db.Tenants.Where(one => one.Id == tenant.Id)
                .ExecuteUpdateAsync(set =>
                    set.SetProperty(one => one.State, TenantState.Erasing).SetProperty(one => one.EraseAfter, DateTimeOffset.UnixEpoch)
                )
        );
        await using (var admin = new NpgsqlConnection(app.Setting("ConnectionStrings:postgres")))
        {
            await admin.OpenAsync();
            await using var drop = new NpgsqlCommand($"DROP DATABASE \"{row.DatabaseName}\" WITH (FORCE)", admin);
            await drop.ExecuteNonQueryAsync();
        }

        await EraseAsync(TimeSpan.Zero);
        Assert.Equal(0, await ExistAsync(row.DatabaseName));
        Assert.False(await app.InControlAsync(db => db.Tenants.AnyAsync(one => one.Id == tenant.Id)));
    }

    [Fact]
    public async Task The_tenant_limit_of_a_user_holds_for_concurrent_requests()
    {
        await using var api = app.StartApi(new() { ["Tenants:MaxPerUser"] = "3" });
        var user = await TestUser.RegisterAsync(api);
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => user.Http.PostAsJsonAsync("/api/tenants", new { name = "One of many" }))
        );

        Assert.Equal(3, answers.Count(answer => answer.StatusCode is HttpStatusCode.Created));
        foreach (var refused in answers.Where(answer => answer.StatusCode is not HttpStatusCode.Created))
        {
            Assert.Equal("TENANT_LIMIT_REACHED", await refused.ReadProblemAsync(HttpStatusCode.Conflict));
        }
    }

    [Fact]
    public async Task A_creation_over_the_tenant_limit_leaves_no_encryption_key()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var master = RandomNumberGenerator.GetBytes(32); // used only by this host, to distinguish its keys from all others
        await using var api = app.StartApi(
            new() { ["Tenants:MaxPerUser"] = "1", ["Encryption:MasterKey"] = Convert.ToBase64String(master) }
        );
        using var client = api.NewClient(tenant.Admin.AccessToken);
        using var refused = await client.PostAsJsonAsync("/api/tenants", new { name = "One too many" });

        Assert.Equal("TENANT_LIMIT_REACHED", await refused.ReadProblemAsync(HttpStatusCode.Conflict));
        var fingerprint = new MasterKey(master).Fingerprint;
        Assert.False(await app.InControlAsync(db => db.CipherKeys.AnyAsync(key => key.MasterKey == fingerprint)));
    }

    // Runs the job with its own clock; in production the scheduler runs it hourly.
    private async Task<string> EraseAsync(TimeSpan ahead)
    {
        await using var api = app.StartApi(clock: new ShiftedClock { Ahead = ahead });
        await using var scope = api.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<EraseTenantsJob>().RunAsync(TestContext.Current.CancellationToken);
    }

    private string FolderOf(TestTenant tenant) =>
        Path.Combine(new Uri(app.Setting("ConnectionStrings:minio")["Endpoint=".Length..]).LocalPath, "tenants", tenant.Id.ToString());

    // Counts the database and the role of this name.
    private async Task<long> ExistAsync(string name)
    {
        await using var admin = new NpgsqlConnection(app.Setting("ConnectionStrings:postgres"));
        await admin.OpenAsync();
        await using var count = new NpgsqlCommand(
            "SELECT (SELECT count(*) FROM pg_database WHERE datname = $1) + (SELECT count(*) FROM pg_roles WHERE rolname = $1)",
            admin
        )
        {
            Parameters = { new() { Value = name } },
        };
        return (long)(await count.ExecuteScalarAsync())!;
    }

    private static async Task<string> ReadAsync(ZipArchiveEntry entry)
    {
        using var reader = new StreamReader(await entry.OpenAsync());
        return await reader.ReadToEndAsync();
    }
}

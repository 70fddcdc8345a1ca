using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Documents.Files;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documents;

/// <summary>
/// Kills the API (kill -9) at each step of an upload. To stop it exactly there, the test withholds the content or locks the table that the
/// next step has to write.
/// </summary>
public sealed class UploadCrashTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    private static readonly byte[] Content = [.. "%PDF-1.7 "u8, .. Guid.CreateVersion7(DateTimeOffset.UnixEpoch).ToByteArray()];

    [Fact]
    public async Task A_crash_during_an_upload_leaves_no_object()
    {
        using var api = await cluster.StartApiProcessAsync();
        var tenant = await CreateTenantAsync(api);
        using var content = new SlowContent(1_000_000);
        using var form = new MultipartFormDataContent { { new StreamContent(content), "file", "cut.bin" } };
        var uploading = api.Http.PostAsync($"/api/tenants/{tenant.Id}/documents", form);
        await content.IsHalfway;
        api.Kill();
        content.BreakOff();

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => uploading);
        Assert.Empty(ObjectsOf(tenant));
        await ServesAsync(tenant);
    }

    [Theory]
    [InlineData("files")] // the object is stored, its row is not written
    [InlineData("content_usage")] // all rows are written but not committed
    public async Task A_crash_after_the_object_write_leaves_an_orphaned_object_that_is_collected(string table)
    {
        using var api = await cluster.StartApiProcessAsync();
        var tenant = await CreateTenantAsync(api);
        await using (var stop = await cluster.OpenAsync(tenant.Database))
        {
#pragma warning disable CA2100 // the names come from this test
            await using var command = new NpgsqlCommand($"BEGIN; LOCK TABLE {table} IN SHARE MODE", stop); // readers continue; writers wait
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync();

            using var form = TestTenant.FormOf(Content);
            var uploading = api.Http.PostAsync($"/api/tenants/{tenant.Id}/documents", form);
            await Eventually.HoldsAsync(
                async () =>
                    await cluster.ReadAsync(
                        "saas_platform",
                        $"SELECT count(*) FROM pg_stat_activity WHERE datname = '{tenant.Database}' AND {stop.ProcessID} = ANY (pg_blocking_pids(pid))"
                    ) != "0",
                "the API does not come to this step"
            );
            api.Kill();
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => uploading);
        }

        Assert.Equal(
            "0",
            await cluster.ReadAsync(
                tenant.Database,
                "SELECT (SELECT count(*) FROM files) + (SELECT count(*) FROM documents) + (SELECT documents + storage_bytes FROM content_usage)"
            )
        );
        Assert.Single(ObjectsOf(tenant));
        await using (var later = cluster.NewApi(new ShiftedClock { Ahead = TimeSpan.FromHours(25) }))
        {
            later.Start();
            await using var scope = later.Services.CreateAsyncScope();
            Assert.Equal(
                (1, 0),
                await scope
                    .ServiceProvider.GetRequiredService<CollectOrphanedObjects>()
                    .RunAsync(tenant.Id, TestContext.Current.CancellationToken)
            );
        }

        Assert.Empty(ObjectsOf(tenant));
        await ServesAsync(tenant);
    }

    private static async Task<CrashTenant> CreateTenantAsync(ProcessUnderTest api)
    {
        var person = new
        {
            first_name = "Ada",
            last_name = "Lovelace",
            email = TestUser.NewEmail(),
            password = TestUser.Password,
        };
        using var registered = await api.Http.PostAsJsonAsync("/api/auth/register", person);
        using var signedIn = await api.Http.PostAsJsonAsync("/api/auth/login", new { person.email, person.password });
        var token = (await signedIn.ReadAsync(HttpStatusCode.OK)).GetProperty("access_token").GetString()!;
        api.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var created = await api.Http.PostAsJsonAsync("/api/tenants", new { name = "Crash" });
        var tenant = await created.ReadDataAsync(HttpStatusCode.Created);
        return new CrashTenant(tenant.IdOf(), tenant.GetProperty("database_name").GetString()!, token);
    }

    private string[] ObjectsOf(CrashTenant tenant)
    {
        var folder = Path.Combine(
            new Uri(cluster.Setting("ConnectionStrings:minio")["Endpoint=".Length..]).LocalPath,
            "tenants",
            tenant.Id.ToString()
        );
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories) : [];
    }

    // Uploads the same content again, as its owner would.
    private async Task ServesAsync(CrashTenant tenant)
    {
        await using var api = cluster.NewApi(TimeProvider.System);
        api.Start();
        using var client = api.NewClient(tenant.Token);
        using var form = TestTenant.FormOf(Content);
        using var uploaded = await client.PostAsync($"/api/tenants/{tenant.Id}/documents", form);
        var document = await uploaded.ReadDataAsync(HttpStatusCode.Created);
        Assert.Equal(Content, await client.GetByteArrayAsync($"/api/tenants/{tenant.Id}/documents/{document.IdOf()}/content"));
    }

    private sealed record CrashTenant(Guid Id, string Database, string Token);
}

using System.Net.Http.Headers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Benchmarks;
using SaaS.Core.Documents.Files;
using SaaS.Infrastructure.Objects;
using SaaS.LocalServices;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documents;

/// <summary>
/// Tests documents of an API that stores them on an S3 server. The shared worker uses another store, so its verification is not tested
/// here.
/// </summary>
public sealed class S3DocumentTests(SaaSApp app, S3Server server)
{
    // Larger than one read window, so that the next window is read too.
    private const int Size = 3_000_000;

    // Larger than a single-part upload.
    private const int InParts = 65 * 1024 * 1024;

    [Fact]
    public async Task A_document_is_stored_and_read_back_whole_and_by_range()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var api = await StartApiAsync();
        using var http = api.NewClient(tenant.Admin.AccessToken);
        await Eventually.HoldsAsync(() => IsReadyAsync(http), "the API does not become ready with S3");
        var content = System.Security.Cryptography.RandomNumberGenerator.GetBytes(Size);

        using var form = TestTenant.FormOf(content);
        using var uploaded = await http.PostAsync($"{tenant.Path}/documents", form);
        var path = $"{tenant.Path}/documents/{(await uploaded.ReadDataAsync(HttpStatusCode.Created)).GetProperty("id").GetGuid()}/content";

        Assert.Equal(content, await http.GetByteArrayAsync(path));
        foreach (var (from, to) in new[] { (0, 0), (1_000_000, 1_100_000), (Size - 5, Size - 1) })
        {
            using var ask = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Range = new RangeHeaderValue(from, to) } };
            using var part = await http.SendAsync(ask);
            Assert.Equal((HttpStatusCode.PartialContent, to - from + 1), (part.StatusCode, part.Content.Headers.ContentLength));
            Assert.Equal(content[from..(to + 1)], await part.Content.ReadAsByteArrayAsync());
        }

        using var store = await server.OpenAsync();
        Assert.Equal(Size, Assert.Single(await store.ListAsync(ObjectKey.FilesOf(tenant.Id), CancellationToken.None).ToListAsync()).Size);
        await store.DeleteAllAsync(ObjectKey.FilesOf(tenant.Id), CancellationToken.None);
    }

    [Fact]
    public async Task A_multipart_upload_is_recorded_until_its_file_is_committed()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var api = await StartApiAsync();
        using var http = api.NewClient(tenant.Admin.AccessToken);
        await Eventually.HoldsAsync(() => IsReadyAsync(http), "the API does not become ready with S3");

        await app.InTenantAsync(
            tenant.Id,
            async db =>
            {
                await using var stop = await db.Database.BeginTransactionAsync();
                await db.Database.ExecuteSqlAsync($"LOCK TABLE files IN SHARE MODE"); // readers continue; writers wait
                using var form = TestTenant.FormOf(new byte[InParts]);
                var uploading = http.PostAsync($"{tenant.Path}/documents", form);
                await Eventually.HoldsAsync(() => db.UnfinishedUploads.AnyAsync(), "the upload is not noted");
                await stop.CommitAsync();
                using var uploaded = await uploading;
                Assert.Equal(HttpStatusCode.Created, uploaded.StatusCode);
                Assert.False(await db.UnfinishedUploads.AnyAsync());
                return 0;
            }
        );

        using var store = await server.OpenAsync();
        await store.DeleteAllAsync(ObjectKey.FilesOf(tenant.Id), CancellationToken.None);
    }

    [Fact]
    public async Task An_abandoned_multipart_upload_is_collected_by_its_record()
    {
        using var store = await server.OpenAsync(); // creates the bucket if this test is the first to use it
        await using var tenant = await TestTenant.CreateAsync(app);
        var now = TimeProvider.System.GetUtcNow();
        UnfinishedUpload Begun(TimeSpan before) =>
            new()
            {
                FileId = Guid.CreateVersion7(now - before),
                Md5Hash = new string('a', 32),
                BegunAt = now - before,
            };
        var (left, running) = (Begun(TimeSpan.FromHours(25)), Begun(TimeSpan.FromMinutes(1)));
        await app.InTenantAsync(
            tenant.Id,
            db =>
            {
                db.AddRange(left, running);
                return db.SaveChangesAsync();
            }
        );
        await LeaveAsync(left);
        await LeaveAsync(running);
        await using var api = await StartApiAsync();
        await using var scope = api.Services.CreateAsyncScope();

        var (orphaned, missing) = await scope
            .ServiceProvider.GetRequiredService<CollectOrphanedObjects>()
            .RunAsync(tenant.Id, TestContext.Current.CancellationToken);

        Assert.Equal((1, 0), (orphaned, missing)); // both are too recent for garbage collection by listing
        Assert.Equal(
            [running.FileId],
            await app.InTenantAsync(tenant.Id, db => db.UnfinishedUploads.Select(upload => upload.FileId).ToListAsync())
        );
        Assert.Equal(
            (0, 1),
            (
                await store.DeleteUnfinishedAsync(KeyOf(left), CancellationToken.None),
                await store.DeleteUnfinishedAsync(KeyOf(running), CancellationToken.None)
            )
        );

        ObjectKey KeyOf(UnfinishedUpload upload) => ObjectKey.ForFile(tenant.Id, upload.FileId, upload.Md5Hash);

        async Task LeaveAsync(UnfinishedUpload upload) => await server.LeaveUnfinishedAsync(KeyOf(upload));
    }

    [Fact]
    public async Task A_running_host_uses_rotated_S3_keys_from_Vault()
    {
        var ct = TestContext.Current.CancellationToken;
        var gateway = await server.GatewayAsync();
        var old = await gateway.AddKeyAsync(ct);
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var vault = await VaultStandIn.StartAsync();
        vault.PutSecret("saas-project/test/database", ("main_url", app.Setting("ConnectionStrings:saas-platform")));
        vault.PutSecret("saas-project/test/jwt", ("secret_key", app.Setting("Jwt:SigningKey")));
        Put(old);
        await using var api = app.StartApi(
            new()
            {
                ["Secrets:Source"] = "vault",
                ["Secrets:Environment"] = "test",
                ["Secrets:PollInterval"] = "00:00:01",
                ["Vault:Address"] = vault.Address.ToString(),
                ["Vault:RoleId"] = VaultStandIn.RoleId,
                ["Vault:SecretId"] = VaultStandIn.SecretId,
            }
        );
        using var http = api.NewClient(tenant.Admin.AccessToken);
        await Eventually.HoldsAsync(async () => await UploadAsync(1) is HttpStatusCode.Created, "nothing is stored with the first key");

        // Both keys are valid for a while, then only the new one.
        var other = await gateway.AddKeyAsync(ct);
        Put(other);
        await gateway.RemoveKeyAsync(old, ct);
        using var former = new S3ObjectStore(
            new S3Access(gateway.Access.Endpoint, old.AccessKey, old.SecretKey),
            new ObjectsOptions { Bucket = S3Server.Bucket },
            TimeProvider.System
        );
        await Eventually.HoldsAsync(() => IsRefusedAsync(former), "the server still takes the first key");
        await Eventually.HoldsAsync(async () => await UploadAsync(2) is HttpStatusCode.Created, "the new key is not used");

        using var store = await server.OpenAsync();
        await store.DeleteAllAsync(ObjectKey.FilesOf(tenant.Id), CancellationToken.None);
        await gateway.RemoveKeyAsync(other, ct);

        void Put(S3Key key) =>
            vault.PutSecret(
                "saas-project/test/s3",
                ("endpoint_url", gateway.Access.Endpoint.ToString()),
                ("bucket_name", S3Server.Bucket),
                ("access_key_id", key.AccessKey),
                ("secret_access_key", key.SecretKey)
            );

        async Task<HttpStatusCode> UploadAsync(byte content)
        {
            using var form = TestTenant.FormOf([content]);
            using var answer = await http.PostAsync($"{tenant.Path}/documents", form);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task An_unavailable_object_store_degrades_the_host_and_rejects_uploads_with_503()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var nowhere = Ports.FreeOr(0);
        await using var api = app.StartApi(
            new() { ["ConnectionStrings:minio"] = $"Endpoint=http://127.0.0.1:{nowhere};AccessKey=nobody;SecretKey=nothing" }
        );
        using var http = api.NewClient(tenant.Admin.AccessToken);

        using var form = TestTenant.FormOf([1, 2, 3]);
        using var refused = await http.PostAsync($"{tenant.Path}/documents", form);

        Assert.Equal("SERVICE_UNAVAILABLE", await refused.ReadProblemAsync(HttpStatusCode.ServiceUnavailable));
        using var ready = await http.GetAsync("/health/ready");
        // Not unready: other replicas would have no store either, and most requests need none.
        var report = await ready.ReadAsync(HttpStatusCode.OK);
        Assert.Equal("degraded", report.GetProperty("status").GetString());
        Assert.Equal("degraded", report.GetProperty("checks").GetProperty("objects").GetProperty("status").GetString());
        using var health = await http.GetAsync("/health");
        Assert.Equal("degraded", (await health.ReadAsync(HttpStatusCode.OK)).GetProperty("checks").GetProperty("objects").GetString());
        using var lists = await http.GetAsync($"{tenant.Path}/documents");
        Assert.Equal(HttpStatusCode.OK, lists.StatusCode);
    }

    private async Task<ApiUnderTest> StartApiAsync()
    {
        var access = await server.AccessAsync();
        return app.StartApi(
            new()
            {
                ["ConnectionStrings:minio"] = $"Endpoint={access.Endpoint};AccessKey={access.AccessKey};SecretKey={access.SecretKey}",
                ["Objects:Bucket"] = S3Server.Bucket,
                ["Objects:PublicEndpoint"] = access.Endpoint.ToString(),
            }
        );
    }

    private static async Task<bool> IsRefusedAsync(S3ObjectStore store)
    {
        try
        {
            await store.CheckAsync(CancellationToken.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static async Task<bool> IsReadyAsync(HttpClient http)
    {
        using var answer = await http.GetAsync("/health/ready");
        var checks = (await answer.ReadAsync(HttpStatusCode.OK)).GetProperty("checks");
        return checks.GetProperty("objects").GetProperty("status").GetString() == "healthy";
    }
}

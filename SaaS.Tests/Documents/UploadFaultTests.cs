using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Documents.Files;
using SaaS.Core.Tenancy;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documents;

/// <summary>Tests that a failed upload stores nothing, uses no quota and is reported.</summary>
public sealed class UploadFaultTests(SaaSApp app)
{
    [Fact]
    public async Task An_upload_aborted_by_the_client_stores_nothing()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var content = new SlowContent(4_000_000);
        using var form = new MultipartFormDataContent { { new StreamContent(content), "file", "cut.bin" } };
        var uploading = tenant.Admin.Http.PostAsync($"{tenant.Path}/documents", form);
        await content.IsHalfway;
        content.BreakOff();

        await Assert.ThrowsAnyAsync<Exception>(() => uploading);
        await tenant.UploadAsync("the next"u8.ToArray());
        Assert.Equal(1, await app.InTenantAsync(tenant.Id, db => db.Files.CountAsync()));
        Assert.Single(tenant.Objects);
    }

    [Fact]
    public async Task A_full_spool_folder_rejects_the_upload_and_stores_nothing()
    {
        using var disk = SmallDisk.MountOrSkip();
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var api = app.StartApi(new() { ["Uploads:SpoolFolder"] = disk.Folder });
        using var client = api.NewClient(tenant.Admin.AccessToken);
        using var tooMuch = await client.PostAsync(
            $"{tenant.Path}/documents",
            TestTenant.FormOf(RandomNumberGenerator.GetBytes(3_000_000), type: "application/octet-stream")
        );
        using var fits = await client.PostAsync(
            $"{tenant.Path}/documents",
            TestTenant.FormOf(RandomNumberGenerator.GetBytes(300_000), type: "application/octet-stream")
        );

        Assert.Equal("STORAGE_FULL", await tooMuch.ReadProblemAsync(HttpStatusCode.ServiceUnavailable));
        Assert.NotNull(tooMuch.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.Created, fits.StatusCode);
        Assert.Single(tenant.Objects);
        Assert.Empty(Directory.GetFiles(disk.Folder));
    }

    [Fact]
    public async Task A_full_object_store_rejects_the_upload_and_stores_nothing()
    {
        using var disk = SmallDisk.MountOrSkip();
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var api = app.StartApi(new() { ["ConnectionStrings:minio"] = $"Endpoint=file://{disk.Folder}" });
        using var client = api.NewClient(tenant.Admin.AccessToken);
        using var tooMuch = await client.PostAsync(
            $"{tenant.Path}/documents",
            TestTenant.FormOf(RandomNumberGenerator.GetBytes(3_000_000), type: "application/octet-stream")
        );

        Assert.Equal("STORAGE_FULL", await tooMuch.ReadProblemAsync(HttpStatusCode.ServiceUnavailable));
        Assert.Equal(
            (0, 0),
            await app.InTenantAsync(
                tenant.Id,
                async db => (await db.Files.CountAsync(), (int)(await db.ContentUsage.SingleAsync()).StorageBytes)
            )
        );
        Assert.Empty(Directory.GetFiles(disk.Folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_file_over_the_size_limit_is_rejected()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var api = app.StartApi(new() { ["Uploads:MaxFileBytes"] = "1000" });
        using var client = api.NewClient(tenant.Admin.AccessToken);
        using var tooLarge = await client.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf(new byte[1_001]));
        using var largest = await client.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf(new byte[1_000]));

        Assert.Equal("FILE_TOO_LARGE", await tooLarge.ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge));
        Assert.Equal(HttpStatusCode.Created, largest.StatusCode);
    }
}

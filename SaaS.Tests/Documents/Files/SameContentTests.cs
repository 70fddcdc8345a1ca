using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Documents.Files;
using SaaS.Core.Tenancy;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documents.Files;

/// <summary>Tests the deduplication of content, and that no content is lost when it is deleted and stored again concurrently.</summary>
public sealed class SameContentTests(SaaSApp app)
{
    // X. Wang, D. Feng, X. Lai, H. Yu: "Collisions for Hash Functions MD4, MD5, HAVAL-128 and RIPEMD" (2004), two messages of one MD5.
    private static readonly byte[] One = Convert.FromHexString(
        "d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f8955ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5b"
            + "d8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70"
    );

    private static readonly byte[] Other = Convert.FromHexString(
        "d131dd02c5e6eec4693d9a0698aff95c2fcab50712467eab4004583eb8fb7f8955ad340609f4b30283e4888325f1415a085125e8f7cdc99fd91dbd7280373c5b"
            + "d8823e3156348f5bae6dacd436c919c6dd53e23487da03fd02396306d248cda0e99f33420f577ee8ce54b67080280d1ec69821bcb6a8839396f965ab6ff72a70"
    );

    [Fact]
    public async Task Contents_with_an_MD5_collision_are_two_files()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var (one, other) = (await tenant.UploadAsync(One), await tenant.UploadAsync(Other));

        Assert.Equal(
            one.GetProperty("file").GetProperty("md5_hash").GetString(),
            other.GetProperty("file").GetProperty("md5_hash").GetString()
        );
        Assert.NotEqual(one.GetProperty("file_id").GetGuid(), other.GetProperty("file_id").GetGuid());
        Assert.Equal(One, await tenant.Admin.Http.GetByteArrayAsync($"{tenant.Path}/documents/{one.IdOf()}/content"));
        Assert.Equal(Other, await tenant.Admin.Http.GetByteArrayAsync($"{tenant.Path}/documents/{other.IdOf()}/content"));
    }

    [Fact]
    public async Task Concurrent_expiry_and_upload_of_the_same_content_lose_nothing()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var content = RandomNumberGenerator.GetBytes(64);
        var document = (await tenant.UploadAsync(content)).IdOf();

        for (var round = 0; round < 500; round++)
        {
            // The document is deleted and its file expires while another client stores the same content.
            var deleting = DeleteAsync(tenant, document);
            var uploading = tenant.UploadAsync(content);
            await deleting;
            document = (await uploading).IdOf();

            if (round % 25 == 0)
            {
                Assert.Equal(content, await tenant.Admin.Http.GetByteArrayAsync($"{tenant.Path}/documents/{document}/content"));
            }
        }

        await tenant.DrainAsync();
        Assert.Equal(content, await tenant.Admin.Http.GetByteArrayAsync($"{tenant.Path}/documents/{document}/content"));
        using var cleaned = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/files/orphaned?min_age_hours=0");
        await tenant.DrainAsync();
        Assert.Single(tenant.Objects);
        Assert.Equal(
            (1, 1, 64),
            await app.InTenantAsync(
                tenant.Id,
                async db =>
                    (
                        await db.Files.Select(file => file.DocumentCount).SingleAsync(),
                        (await db.ContentUsage.SingleAsync()).Documents,
                        (await db.ContentUsage.SingleAsync()).StorageBytes
                    )
            )
        );
    }

    private static async Task DeleteAsync(TestTenant tenant, Guid document)
    {
        using var deleted = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/documents/{document}");
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        using var cleaned = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/files/orphaned?min_age_hours=0");
        Assert.Equal(HttpStatusCode.OK, cleaned.StatusCode);
    }
}

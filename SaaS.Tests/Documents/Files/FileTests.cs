using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Tenancy;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documents.Files;

/// <summary>Tests how the API lists and changes a tenant's stored files.</summary>
public sealed class FileTests(SaaSApp app)
{
    [Fact]
    public async Task Files_are_listed_with_size_usage_and_statistics()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.UploadAsync("12345678"u8.ToArray());
        await tenant.UploadAsync("12345678"u8.ToArray());
        await tenant.UploadAsync("1234"u8.ToArray());
        await tenant.UploadOrphanAsync("12"u8.ToArray());
        using var viewer = await tenant.AsAsync(TenantRole.Viewer);
        using var answer = await viewer.GetAsync($"{tenant.FilesPath}?sort=-file_size&include_stats=true");
        using var plain = await viewer.GetAsync($"{tenant.FilesPath}?per_page=2");
        var list = await answer.ReadDataAsync();
        var stats = list.GetProperty("stats");

        Assert.Equal(
            [(8, 2, false), (4, 1, false), (2, 0, true)],
            list.GetProperty("files")
                .EnumerateArray()
                .Select(file =>
                    (
                        file.GetProperty("file_size").GetInt32(),
                        file.GetProperty("document_count").GetInt32(),
                        file.GetProperty("is_orphaned").GetBoolean()
                    )
                )
        );
        Assert.Equal(
            (3, 14, 3, 1, 2),
            (
                Number(stats, "total_files"),
                Number(stats, "total_storage_bytes"),
                Number(stats, "total_documents"),
                Number(stats, "orphaned_files"),
                Number(stats, "orphaned_storage_bytes")
            )
        );
        var short_ = await plain.ReadDataAsync();
        Assert.Equal(
            (2, 3),
            (short_.GetProperty("files").GetArrayLength(), short_.GetProperty("pagination").GetProperty("total").GetInt32())
        );
        Assert.Equal(JsonValueKind.Null, short_.GetProperty("stats").GetProperty("orphaned_files").ValueKind);
        Assert.DoesNotContain("tenants/", list.GetRawText(), StringComparison.Ordinal); // the key of an object is internal
    }

    [Theory]
    [InlineData("sort=md5_hash", "sort")]
    [InlineData("page=0", "page")]
    [InlineData("include_stats=perhaps", "include_stats")]
    public async Task An_invalid_file_query_is_rejected(string query, string field)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var answer = await tenant.Admin.Http.GetAsync($"{tenant.FilesPath}?{query}");

        Assert.Equal([field], await answer.ReadFieldsAsync());
    }

    [Fact]
    public async Task A_file_is_returned_with_its_documents()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var first = await tenant.UploadAsync("shown"u8.ToArray(), "one.txt");
        var second = await tenant.UploadAsync("shown"u8.ToArray(), "two.txt");
        using var answer = await tenant.Admin.Http.GetAsync($"{tenant.FilesPath}/{first.GetProperty("file_id").GetGuid()}");
        using var unknown = await tenant.Admin.Http.GetAsync($"{tenant.FilesPath}/{first.IdOf()}");
        var file = await answer.ReadDataAsync();

        Assert.Equal(
            [(second.IdOf(), "two.txt"), (first.IdOf(), "one.txt")],
            file.GetProperty("documents")
                .EnumerateArray()
                .Select(document => (document.IdOf(), document.GetProperty("filename").GetString()))
        );
        Assert.Equal(("text/plain", 2), (file.GetProperty("mime_type").GetString(), file.GetProperty("document_count").GetInt32()));
        Assert.Equal("NOT_FOUND", await unknown.ReadProblemAsync(HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task Metadata_is_merged()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var path = $"{tenant.FilesPath}/{(await tenant.UploadAsync("x"u8.ToArray())).GetProperty("file_id").GetGuid()}";
        using var user = await tenant.AsAsync(TenantRole.User);
        using var first = await user.PatchAsync(path, Json("""{"file_metadata": {"plant": "Ulm", "tags": ["a", "b"], "old": 1}}"""));
        using var second = await user.PatchAsync(
            path,
            Json("""{"file_metadata": {"old": null, "plant": "Graz", "deep": {"x": [1.50, true]}}}""")
        );

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        var expected = JsonNode.Parse("""{"plant": "Graz", "tags": ["a", "b"], "deep": {"x": [1.50, true]}}""");
        Assert.True(
            JsonNode.DeepEquals(expected, JsonNode.Parse((await second.ReadDataAsync()).GetProperty("file_metadata").GetRawText()))
        );
        using var shown = await user.GetAsync(path);
        Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse((await shown.ReadDataAsync()).GetProperty("file_metadata").GetRawText())));
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"file_metadata": null}""")]
    [InlineData("""{"file_metadata": [1]}""")]
    [InlineData("""{"file_metadata": {"tsa_timestamp": {}}}""")]
    [InlineData("""{"file_metadata": {"nul": "a\u0000b"}}""")]
    [InlineData("""{"file_metadata": {"a": 1, "a": 2}}""")]
    public async Task Invalid_metadata_is_rejected(string body)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var path = $"{tenant.FilesPath}/{(await tenant.UploadAsync("x"u8.ToArray())).GetProperty("file_id").GetGuid()}";
        using var answer = await tenant.Admin.Http.PatchAsync(path, Json(body));
        using var tooLong = await tenant.Admin.Http.PatchAsJsonAsync(path, new { file_metadata = new { a = new string('x', 17_000) } });

        Assert.Equal("BAD_REQUEST", await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
        Assert.Equal(["file_metadata"], await tooLong.ReadFieldsAsync());
    }

    [Fact]
    public async Task Only_unused_files_are_deleted_together_with_their_object()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var shown = await tenant.UploadAsync("shown"u8.ToArray());
        var orphan = await tenant.UploadOrphanAsync("orphan"u8.ToArray());
        using var user = await tenant.AsAsync(TenantRole.User);
        using var inUse = await tenant.Admin.Http.DeleteAsync($"{tenant.FilesPath}/{shown.GetProperty("file_id").GetGuid()}");
        using var notAdmin = await user.DeleteAsync($"{tenant.FilesPath}/{orphan}");
        using var deleted = await tenant.Admin.Http.DeleteAsync($"{tenant.FilesPath}/{orphan}");
        using var again = await tenant.Admin.Http.DeleteAsync($"{tenant.FilesPath}/{orphan}");
        var told = await inUse.ReadAsync(HttpStatusCode.BadRequest);

        Assert.Equal("FILE_IN_USE", told.GetProperty("error").GetProperty("code").GetString());
        Assert.Contains("1 documents", told.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("FORBIDDEN", await notAdmin.ReadProblemAsync(HttpStatusCode.Forbidden));
        Assert.Equal(
            (orphan, 6),
            ((await deleted.ReadDataAsync()).GetProperty("file_id").GetGuid(), Number(await deleted.ReadDataAsync(), "freed_storage_bytes"))
        );
        Assert.Equal("NOT_FOUND", await again.ReadProblemAsync(HttpStatusCode.NotFound));

        await tenant.DrainAsync();
        Assert.Single(tenant.Objects);
        Assert.Equal(5, await app.InTenantAsync(tenant.Id, db => db.ContentUsage.Select(usage => usage.StorageBytes).SingleAsync()));
    }

    [Fact]
    public async Task Orphans_are_listed_and_cleaned_up_by_age()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var orphans = new[] { await tenant.UploadOrphanAsync("one"u8.ToArray()), await tenant.UploadOrphanAsync("three"u8.ToArray()) };
        await tenant.UploadAsync("shown"u8.ToArray());
        using var listed = await tenant.Admin.Http.GetAsync($"{tenant.Path}/files/orphaned");
        using var tooYoung = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/files/orphaned");
        using var cleaned = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/files/orphaned?min_age_hours=0");
        using var nonsense = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/files/orphaned?min_age_hours=-1");
        var result = await cleaned.ReadDataAsync();

        Assert.Equal(orphans, (await listed.ReadDataAsync()).GetProperty("files").EnumerateArray().Select(Answers.IdOf));
        Assert.Equal(0, Number(await tooYoung.ReadDataAsync(), "removed"));
        Assert.Equal((2, 8, 0), (Number(result, "removed"), Number(result, "freed_storage_bytes"), Number(result, "remaining")));
        Assert.Equal(["min_age_hours"], await nonsense.ReadFieldsAsync());
        await tenant.DrainAsync();
        Assert.Single(tenant.Objects);
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private static int Number(JsonElement of, string name) => of.GetProperty(name).GetInt32();
}

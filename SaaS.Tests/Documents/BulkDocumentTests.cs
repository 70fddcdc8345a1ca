using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Documents;
using SaaS.Core.Documents.Files;
using SaaS.Core.Tenancy;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documents;

public sealed class BulkDocumentTests(SaaSApp app)
{
    [Fact]
    public async Task Bulk_delete_reports_a_result_for_each_document()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var user = await tenant.AsAsync(TenantRole.User);
        var own = (await tenant.UploadAsync("own"u8.ToArray(), uploader: user)).IdOf();
        var foreign = (await tenant.UploadAsync("foreign"u8.ToArray())).IdOf();
        var unknown = tenant.Id;
        using var answer = await user.PostAsJsonAsync(
            $"{tenant.Path}/documents/bulk-delete",
            new { document_ids = new[] { foreign, own, unknown, own } }
        );
        var result = await answer.ReadDataAsync();

        Assert.Equal((1, 2), (result.GetProperty("succeeded").GetInt32(), result.GetProperty("failed").GetInt32()));
        Assert.Equal([(foreign, "FORBIDDEN"), (own, null), (unknown, "NOT_FOUND")], Items(result));
        Assert.Equal([foreign], await app.InTenantAsync(tenant.Id, db => db.Documents.Select(document => document.Id).ToListAsync()));
        Assert.Equal(1, await app.InTenantAsync(tenant.Id, db => db.ContentUsage.Select(usage => usage.Documents).SingleAsync()));
    }

    [Fact]
    public async Task Bulk_update_reports_a_result_for_each_document()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var ids = new List<Guid>();
        for (byte content = 1; content <= 3; content++)
        {
            ids.Add((await tenant.UploadAsync([content, 0])).IdOf());
        }

        using var answer = await tenant.Admin.Http.PostAsJsonAsync(
            $"{tenant.Path}/documents/bulk-update",
            new
            {
                documents = new object[]
                {
                    new { document_id = ids[2], filename = "three.bin" },
                    new { document_id = ids[0] },
                    new { document_id = ids[1], mime_type = "application/pdf" },
                    new { document_id = tenant.Id, filename = "x" },
                },
            }
        );

        Assert.Equal(
            [(ids[2], null), (ids[0], "BAD_REQUEST"), (ids[1], "BAD_REQUEST"), (tenant.Id, "NOT_FOUND")],
            Items(await answer.ReadDataAsync())
        );
        Assert.Equal(
            "three.bin",
            await app.InTenantAsync(
                tenant.Id,
                db => db.Documents.Where(document => document.Id == ids[2]).Select(document => document.Filename).SingleAsync()
            )
        );
    }

    [Theory]
    [InlineData("bulk-delete", """{"document_ids": []}""")]
    [InlineData("bulk-delete", """{}""")]
    [InlineData("bulk-delete", """{"document_ids": ["x"]}""")]
    [InlineData("bulk-update", """{"documents": []}""")]
    [InlineData("bulk-update", """{"documents": [{"filename": "x"}]}""")]
    [InlineData("bulk-update", """{"documents": [{"document_id": "0198c0de-0000-7000-8000-000000000000", "filename": "a/b"}]}""")]
    [InlineData("bulk-update", """{"documents": [null]}""")]
    [InlineData(
        "bulk-update",
        """{"documents": [{"document_id": "0198c0de-0000-7000-8000-000000000000", "filename": "a"}, {"document_id": "0198c0de-0000-7000-8000-000000000000", "filename": "b"}]}"""
    )]
    public async Task An_invalid_bulk_request_is_rejected(string route, string body)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var answer = await tenant.Admin.Http.PostAsync(
            $"{tenant.Path}/documents/{route}",
            new StringContent(body, System.Text.Encoding.UTF8, "application/json")
        );

        Assert.Equal("BAD_REQUEST", await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task A_bulk_request_accepts_at_most_100_documents()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var ids = Enumerable.Range(0, 101).Select(_ => Guid.CreateVersion7(DateTimeOffset.UnixEpoch)).ToList();
        using var most = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/documents/bulk-delete", new { document_ids = ids[..100] });
        using var tooMany = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/documents/bulk-delete", new { document_ids = ids });

        Assert.Equal(100, (await most.ReadDataAsync()).GetProperty("failed").GetInt32());
        Assert.Equal(["document_ids"], await tooMany.ReadFieldsAsync());
    }

    [Fact]
    public async Task Concurrent_bulk_deletes_of_documents_that_share_files_succeed()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var documents = new List<(Guid Document, Guid File)>();
        for (var i = 0; i < 40; i++)
        {
            var document = await tenant.UploadAsync([9, (byte)(i % 5)]);
            documents.Add((document.IdOf(), document.GetProperty("file_id").GetGuid()));
        }

        var requests = documents
            .Select(document => document.Document)
            .Chunk(10)
            .Select(ids => tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/documents/bulk-delete", new { document_ids = ids.Reverse() }));
        var results = await Task.WhenAll((await Task.WhenAll(requests)).Select(answer => answer.ReadDataAsync()));

        Assert.Equal(40, results.Sum(result => result.GetProperty("succeeded").GetInt32()));
        Assert.Equal(0, await app.InTenantAsync(tenant.Id, db => db.Files.CountAsync(file => file.DocumentCount != 0)));
    }

    private static IEnumerable<(Guid Id, string? Code)> Items(JsonElement result) =>
        result
            .GetProperty("results")
            .EnumerateArray()
            .Select(item => (item.GetProperty("document_id").GetGuid(), item.GetProperty("code").GetString()));
}

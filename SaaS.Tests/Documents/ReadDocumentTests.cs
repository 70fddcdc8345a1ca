using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documents;

public sealed class ReadDocumentTests(SaaSApp app)
{
    [Fact]
    public async Task Content_supports_range_and_conditional_requests()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("0123456789"u8.ToArray(), "digits – ü.pdf");
        var path = $"{tenant.Path}/documents/{document.GetProperty("id").GetGuid()}/content";
        var etag = new EntityTagHeaderValue($"\"{document.GetProperty("file").GetProperty("sha256_hash").GetString()}\"");

        using var part = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Range = new RangeHeaderValue(2, 4) } };
        using var partial = await tenant.Admin.Http.SendAsync(part);
        using var known = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { IfNoneMatch = { etag } } };
        using var unchanged = await tenant.Admin.Http.SendAsync(known);

        using var other = new HttpRequestMessage(HttpMethod.Get, path)
        {
            Headers = { IfMatch = { new EntityTagHeaderValue("\"another\"") } },
        };
        using var changed = await tenant.Admin.Http.SendAsync(other);
        using var beyond = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Range = new RangeHeaderValue(20, 30) } };
        using var outside = await tenant.Admin.Http.SendAsync(beyond);

        Assert.Equal(
            (HttpStatusCode.PreconditionFailed, HttpStatusCode.RequestedRangeNotSatisfiable),
            (changed.StatusCode, outside.StatusCode)
        );
        Assert.Equal((HttpStatusCode.PartialContent, "234"), (partial.StatusCode, await partial.Content.ReadAsStringAsync()));
        Assert.Equal((HttpStatusCode.NotModified, etag), (unchanged.StatusCode, unchanged.Headers.ETag));
        Assert.Equal("digits – ü.pdf", partial.Content.Headers.ContentDisposition?.FileNameStar);
        Assert.Equal("nosniff", Assert.Single(partial.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public async Task A_missing_document_is_reported_as_404()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        foreach (var path in new[] { $"documents/{tenant.Id}", $"documents/{tenant.Id}/content", "documents/not-an-id" })
        {
            using var answer = await tenant.Admin.Http.GetAsync($"{tenant.Path}/{path}");
            Assert.Equal("NOT_FOUND", await answer.ReadProblemAsync(HttpStatusCode.NotFound));
        }
    }

    [Fact]
    public async Task A_damaged_object_is_detected_and_audited()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.UploadAsync("as it was"u8.ToArray());
        await tenant.DrainAsync();
        await File.WriteAllTextAsync(Assert.Single(tenant.Objects), "as it is now");

        var document = await tenant.UploadAsync("as it was"u8.ToArray(), "again.pdf");
        await tenant.DrainAsync();

        Assert.True(
            await app.InTenantAsync(
                tenant.Id,
                db =>
                    db.AuditEntries.AnyAsync(entry =>
                        entry.SubjectId == document.GetProperty("id").GetGuid()
                        && entry.Action == Core.Auditing.AuditAction.DocumentDamaged.Name
                    )
            )
        );
    }

    [Fact]
    public async Task A_list_is_paged_newest_first_and_searched_literally()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        foreach (var name in new[] { "a.pdf", "100%.pdf", "b_c.pdf", "Bxc.PDF" })
        {
            await tenant.UploadAsync([1], name);
        }

        Assert.Equal(("Bxc.PDF b_c.pdf", 4, 2), await ListAsync(tenant, "page=1&per_page=2"));
        Assert.Equal(("100%.pdf a.pdf", 4, 2), await ListAsync(tenant, "page=2&per_page=2"));
        Assert.Equal(("", 4, 2), await ListAsync(tenant, "page=9&per_page=2"));
        Assert.Equal(("100%.pdf", 1, 1), await ListAsync(tenant, "filename=%25"));
        Assert.Equal(("b_c.pdf", 1, 1), await ListAsync(tenant, "filename=B_C"));
    }

    [Fact]
    public async Task A_list_is_sorted_and_filtered_as_requested()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var user = await tenant.AddAsync(Core.Access.TenantRole.User);
        var first = await tenant.UploadAsync("b"u8.ToArray(), "b.txt");
        await tenant.UploadAsync("%PDF-"u8.ToArray(), "c.pdf");
        await tenant.UploadAsync("a"u8.ToArray(), "a.txt", user.Http);
        using var renamed = await tenant.Admin.Http.PutAsJsonAsync($"{tenant.Path}/documents/{first.IdOf()}", new { filename = "z.txt" });
        var second = await NthCreatedAtAsync(tenant, 1);

        Assert.Equal("z.txt c.pdf a.txt", (await ListAsync(tenant, "sort=created_at")).Names);
        Assert.Equal("a.txt c.pdf z.txt", (await ListAsync(tenant, "sort=filename")).Names);
        Assert.Equal("z.txt c.pdf a.txt", (await ListAsync(tenant, "sort=-filename")).Names);
        Assert.Equal("z.txt a.txt c.pdf", (await ListAsync(tenant, "sort=-updated_at")).Names);
        Assert.Equal("c.pdf a.txt z.txt", (await ListAsync(tenant, "sort=updated_at")).Names);
        Assert.Equal(("c.pdf", 1, 1), await ListAsync(tenant, "mime_type=Application/PDF"));
        Assert.Equal(("a.txt", 1, 1), await ListAsync(tenant, $"user_id={user.Id}"));
        Assert.Equal(("a.txt c.pdf", 2, 1), await ListAsync(tenant, $"created_from={Uri.EscapeDataString(second)}"));
        Assert.Equal(("z.txt", 1, 1), await ListAsync(tenant, $"created_before={Uri.EscapeDataString(second)}"));
    }

    [Fact]
    public async Task Names_are_sorted_in_natural_order()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        foreach (var name in (string[])["10", "9", "A", "_x", "a", "Ä", "b", "Z"])
        {
            await tenant.UploadAsync(Encoding.UTF8.GetBytes(name), name);
        }

        Assert.Equal("_x 9 10 a A Ä b Z", (await ListAsync(tenant, "sort=filename")).Names);
        Assert.Equal("Z b Ä A a 10 9 _x", (await ListAsync(tenant, "sort=-filename")).Names);
    }

    [Theory]
    [InlineData("sort=file_id", "sort")]
    [InlineData("sort=created_at;drop", "sort")]
    [InlineData("user_id=me", "user_id")]
    [InlineData("created_from=yesterday", "created_from")]
    [InlineData("page=0", "page")]
    [InlineData("page=-1", "page")]
    [InlineData("page=x", "page")]
    [InlineData("page=99999999999", "page")]
    [InlineData("per_page=0", "per_page")]
    [InlineData("per_page=101", "per_page")]
    [InlineData("filename=a%00b", "filename")]
    public async Task An_invalid_document_query_is_rejected(string query, string field)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var answer = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents?{query}");

        Assert.Equal([field], await answer.ReadFieldsAsync());
    }

    private static async Task<string> NthCreatedAtAsync(TestTenant tenant, int index)
    {
        using var answer = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents?sort=created_at");
        return (await answer.ReadDataAsync()).GetProperty("documents")[index].GetProperty("created_at").GetString()!;
    }

    private static async Task<(string Names, int Total, int Pages)> ListAsync(TestTenant tenant, string query)
    {
        using var answer = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents?{query}");
        var list = await answer.ReadDataAsync();
        var pagination = list.GetProperty("pagination");
        return (
            string.Join(
                ' ',
                list.GetProperty("documents").EnumerateArray().Select(document => document.GetProperty("filename").GetString())
            ),
            pagination.GetProperty("total").GetInt32(),
            pagination.GetProperty("pages").GetInt32()
        );
    }
}

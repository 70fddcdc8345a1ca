using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Core.Documents;
using SaaS.Core.Documents.Files;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documents;

public sealed class UploadDocumentTests(SaaSApp app)
{
    [Fact]
    public async Task An_uploaded_document_is_stored_returned_and_verified_by_the_worker()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        byte[] content = [.. "%PDF-1.7\n"u8, .. RandomNumberGenerator.GetBytes(300_000)];
        var uploaded = await tenant.UploadAsync(content, "Bericht 2026 – Übersicht 文件.pdf");
        var path = $"{tenant.Path}/documents/{uploaded.GetProperty("id").GetGuid()}";

        var file = uploaded.GetProperty("file");
        Assert.Equal(
            ("Bericht 2026 – Übersicht 文件.pdf", "application/pdf"),
            (uploaded.GetProperty("filename").GetString(), uploaded.GetProperty("mime_type").GetString())
        );
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), file.GetProperty("sha256_hash").GetString());
        Assert.Equal(content.Length, file.GetProperty("file_size").GetInt64());

        await tenant.DrainAsync();
        using var shown = await tenant.Admin.Http.GetAsync(path);
        Assert.NotNull((await shown.ReadDataAsync()).GetProperty("file").GetProperty("verified_at").GetString());
        Assert.Equal(content, await tenant.Admin.Http.GetByteArrayAsync($"{path}/content"));
    }

    [Fact]
    public async Task The_audit_shows_who_uploaded_and_that_the_worker_verified()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("audited"u8.ToArray());
        await tenant.DrainAsync();
        using var answer = await tenant.Admin.Http.GetAsync($"{tenant.Path}/audit?subject_id={document.GetProperty("id").GetGuid()}");

        var entries = (await answer.ReadDataAsync())
            .GetProperty("entries")
            .EnumerateArray()
            .Select(entry => (entry.GetProperty("action").GetString(), entry.GetProperty("actor").GetString()));
        Assert.Equal(
            [
                (AuditAction.DocumentVerified.Name, $"consumer:{VerifyUploadedDocument.Name}"),
                (AuditAction.DocumentUploaded.Name, $"user:{tenant.Admin.Id}"),
            ],
            entries
        );
    }

    [Fact]
    public async Task Identical_content_is_stored_once_per_tenant()
    {
        await using var mine = await TestTenant.CreateAsync(app);
        await using var other = await TestTenant.CreateAsync(app);
        var first = await mine.UploadAsync("shared"u8.ToArray(), "one.pdf");
        var second = await mine.UploadAsync("shared"u8.ToArray(), "two.pdf");
        var elsewhere = await other.UploadAsync("shared"u8.ToArray());

        Assert.Equal(first.GetProperty("file_id").GetGuid(), second.GetProperty("file_id").GetGuid());
        Assert.NotEqual(first.GetProperty("file_id").GetGuid(), elsewhere.GetProperty("file_id").GetGuid());
    }

    [Fact]
    public async Task Concurrent_uploads_of_the_same_content_create_one_file_and_one_object()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var documents = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => tenant.UploadAsync("at once"u8.ToArray())));

        Assert.Single(documents.Select(document => document.GetProperty("file_id").GetGuid()).Distinct());
        Assert.Equal(
            (1, 20),
            await app.InTenantAsync(tenant.Id, async db => (await db.Files.CountAsync(), await db.Documents.CountAsync()))
        );
        Assert.Single(tenant.Objects);
    }

    [Fact]
    public async Task Form_fields_before_or_after_the_file_set_name_and_type()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var file = new ByteArrayContent("x"u8.ToArray());
        using var form = new MultipartFormDataContent
        {
            { new StringContent("Text/Plain"), "mime_type" },
            { file, "file", "C:\\Users\\ada\\x.bin" },
            { new StringContent(" note.txt "), "filename" },
        };
        using var answer = await tenant.Admin.Http.PostAsync($"{tenant.Path}/documents", form);
        var document = await answer.ReadDataAsync(HttpStatusCode.Created);

        Assert.Equal(
            ("note.txt", "text/plain"),
            (document.GetProperty("filename").GetString(), document.GetProperty("mime_type").GetString())
        );
    }

    [Theory]
    [InlineData("filename", "a/b.pdf")]
    [InlineData("filename", "   ")]
    [InlineData("filename", "two\r\nlines.pdf")]
    [InlineData("mime_type", "pdf")]
    [InlineData("mime_type", "text/html; charset=utf-8")]
    public async Task An_invalid_upload_is_rejected_with_its_field_and_stores_nothing(string field, string value)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var form = TestTenant.FormOf("x"u8.ToArray());
        form.Add(new StringContent(value), field);
        using var answer = await tenant.Admin.Http.PostAsync($"{tenant.Path}/documents", form);

        Assert.Equal([field], await answer.ReadFieldsAsync());
        Assert.Equal(0, await app.InTenantAsync(tenant.Id, db => db.Files.CountAsync()));
    }

    [Fact]
    public async Task A_missing_or_empty_file_is_rejected()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var without = await tenant.Admin.Http.PostAsync(
            $"{tenant.Path}/documents",
            new MultipartFormDataContent { { new StringContent("a.pdf"), "filename" } }
        );
        using var empty = await tenant.Admin.Http.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf([]));
        using var json = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/documents", new { file = "x" });

        Assert.Equal(["file"], await without.ReadFieldsAsync());
        Assert.Equal(["file"], await empty.ReadFieldsAsync());
        Assert.Equal("UNSUPPORTED_MEDIA_TYPE", await json.ReadProblemAsync(HttpStatusCode.UnsupportedMediaType));
    }

    [Theory]
    [InlineData("not multipart at all")]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nno end")]
    [InlineData("--b\r\nContent-Disposition form-data\r\n\r\nx\r\n--b--\r\n")]
    public async Task A_truncated_or_malformed_body_is_rejected(string body)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var content = new StringContent(body, Encoding.ASCII);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");
        using var answer = await tenant.Admin.Http.PostAsync($"{tenant.Path}/documents", content);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }
}

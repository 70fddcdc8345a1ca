using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Messaging;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documents;

/// <summary>Tests that its owner and admins can relabel or delete a document, and that the events are published.</summary>
public sealed class ChangeDocumentTests(SaaSApp app)
{
    private static readonly byte[] Pdf = [.. "%PDF-1.7\n"u8, 1, 2, 3];

    [Fact]
    public async Task A_document_is_renamed_and_its_content_stays()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("a,b\n1,2\n"u8.ToArray(), "numbers.txt");
        using var answer = await tenant.Admin.Http.PutAsJsonAsync(
            $"{tenant.Path}/documents/{document.IdOf()}",
            new { filename = "  Zahlen – 数.csv ", mime_type = "Text/CSV" }
        );
        var changed = await answer.ReadDataAsync();

        Assert.Equal(
            ("Zahlen – 数.csv", "text/csv"),
            (changed.GetProperty("filename").GetString(), changed.GetProperty("mime_type").GetString())
        );
        Assert.Equal(
            document.GetProperty("file").GetProperty("sha256_hash").GetString(),
            changed.GetProperty("file").GetProperty("sha256_hash").GetString()
        );
        Assert.True(changed.GetProperty("updated_at").GetDateTimeOffset() > document.GetProperty("updated_at").GetDateTimeOffset());
        Assert.Equal(tenant.Admin.Id, changed.GetProperty("created_by").GetGuid());
        using var content = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents/{document.IdOf()}/content");
        Assert.Equal(
            ("text/csv", "Zahlen – 数.csv"),
            (content.Content.Headers.ContentType?.MediaType, content.Content.Headers.ContentDisposition?.FileNameStar)
        );
    }

    [Theory]
    [InlineData("""{}""", "")]
    [InlineData("""{"filename": "a/b"}""", "filename")]
    [InlineData("""{"filename": " "}""", "filename")]
    [InlineData("""{"filename": null}""", "filename")]
    [InlineData("""{"mime_type": "pdf"}""", "mime_type")]
    [InlineData("""{"mime_type": "image/png"}""", "mime_type")]
    [InlineData("""{"mime_type": "text/html"}""", "mime_type")]
    [InlineData("""{"user_id": "x"}""", "user_id")]
    public async Task An_invalid_change_is_rejected_with_its_field_and_changes_nothing(string body, string field)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync(Pdf);
        using var answer = await tenant.Admin.Http.PutAsync(
            $"{tenant.Path}/documents/{document.IdOf()}",
            new StringContent(body, System.Text.Encoding.UTF8, "application/json")
        );

        if (field.Length == 0)
        {
            Assert.Equal("BAD_REQUEST", await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
        }
        else
        {
            Assert.Equal([field], await answer.ReadFieldsAsync());
        }

        using var shown = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents/{document.IdOf()}");
        Assert.Equal(document.GetProperty("updated_at").GetString(), (await shown.ReadDataAsync()).GetProperty("updated_at").GetString());
    }

    [Fact]
    public async Task Users_change_their_own_documents_and_admins_change_all()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var user = await tenant.AsAsync(TenantRole.User);
        using var viewer = await tenant.AsAsync(TenantRole.Viewer);
        var admins = $"{tenant.Path}/documents/{(await tenant.UploadAsync("one"u8.ToArray())).IdOf()}";
        var users = $"{tenant.Path}/documents/{(await tenant.UploadAsync("two"u8.ToArray(), uploader: user)).IdOf()}";

        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(user.PutAsJsonAsync(admins, new { filename = "x" })));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(user.DeleteAsync(admins)));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(viewer.DeleteAsync(users)));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(user.PutAsJsonAsync(users, new { filename = "x" })));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(tenant.Admin.Http.PatchAsJsonAsync(users, new { filename = "y" })));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(user.DeleteAsync(users)));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(tenant.Admin.Http.DeleteAsync(admins)));
    }

    [Fact]
    public async Task Deleting_a_document_reports_whether_its_file_is_orphaned()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var first = await tenant.UploadAsync("shared"u8.ToArray());
        var second = await tenant.UploadAsync("shared"u8.ToArray());
        using var one = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/documents/{first.IdOf()}");
        using var two = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/documents/{second.IdOf()}");
        using var again = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/documents/{second.IdOf()}");
        var (deletedFirst, deletedLast) = (await one.ReadDataAsync(), await two.ReadDataAsync());

        Assert.Equal(
            (first.IdOf(), false),
            (deletedFirst.GetProperty("deleted_document_id").GetGuid(), deletedFirst.GetProperty("file_orphaned").GetBoolean())
        );
        Assert.True(deletedLast.GetProperty("file_orphaned").GetBoolean());
        Assert.Equal("NOT_FOUND", await again.ReadProblemAsync(HttpStatusCode.NotFound));
        using var details = await tenant.Admin.Http.GetAsync(tenant.Path);
        Assert.Equal(0, (await details.ReadDataAsync()).GetProperty("usage").GetProperty("documents").GetInt32());
    }

    [Fact]
    public async Task Changes_to_a_document_are_audited_once_in_order()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("told"u8.ToArray());
        await StatusAsync(tenant.Admin.Http.PutAsJsonAsync($"{tenant.Path}/documents/{document.IdOf()}", new { filename = "x" }));
        await StatusAsync(tenant.Admin.Http.DeleteAsync($"{tenant.Path}/documents/{document.IdOf()}"));
        await tenant.DrainAsync();

        var recorded = await app.InTenantAsync(
            tenant.Id,
            db =>
                db.AuditEntries.Where(entry => entry.SubjectId == document.IdOf())
                    .OrderBy(entry => entry.Id)
                    .Select(entry => entry.Action)
                    .ToListAsync()
        );
        Assert.Equal(
            [AuditAction.DocumentUploaded.Name, AuditAction.DocumentUpdated.Name, AuditAction.DocumentDeleted.Name],
            recorded.Where(action => action != AuditAction.DocumentVerified.Name)
        );
        Assert.Contains(DocumentDeleted.Type, EventCatalogue.Types);
    }

    [Fact]
    public async Task Concurrent_deletes_of_the_last_two_documents_report_one_orphaned_file()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        for (var round = 0; round < 20; round++)
        {
            var first = await tenant.UploadAsync([(byte)round, 1]);
            var second = await tenant.UploadAsync([(byte)round, 1]);
            var answers = await Task.WhenAll(
                new[] { first, second }.Select(document => tenant.Admin.Http.DeleteAsync($"{tenant.Path}/documents/{document.IdOf()}"))
            );
            var orphaned = await Task.WhenAll(
                answers.Select(async answer => (await answer.ReadDataAsync()).GetProperty("file_orphaned").GetBoolean())
            );

            Assert.Single(orphaned, isOrphaned => isOrphaned);
        }
    }

    [Fact]
    public async Task Concurrent_rename_and_delete_end_without_an_error()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        for (var round = 0; round < 30; round++)
        {
            var path = $"{tenant.Path}/documents/{(await tenant.UploadAsync([1, (byte)round])).IdOf()}";
            var renamed = StatusAsync(tenant.Admin.Http.PutAsJsonAsync(path, new { filename = "x" }));
            var deleted = StatusAsync(tenant.Admin.Http.DeleteAsync(path));

            Assert.Equal(HttpStatusCode.OK, await deleted);
            Assert.True(await renamed is HttpStatusCode.OK or HttpStatusCode.NotFound);
        }
    }

    private static async Task<HttpStatusCode> StatusAsync(Task<HttpResponseMessage> sending)
    {
        using var answer = await sending;
        return answer.StatusCode;
    }
}

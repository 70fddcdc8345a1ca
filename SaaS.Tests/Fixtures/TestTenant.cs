using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Messaging;

namespace SaaS.Tests.Fixtures;

/// <summary>
/// A tenant of a single test, with the users that the test needs. Disposing it verifies that no work is pending and no event is a
/// dead letter.
/// </summary>
internal sealed class TestTenant : IAsyncDisposable
{
    private readonly SaaSApp _app;
    private readonly bool _mayLeaveDeadLetters;

    private TestTenant(SaaSApp app, Guid id, TestUser admin, bool mayLeaveDeadLetters)
    {
        (_app, Id, Admin, _mayLeaveDeadLetters) = (app, id, admin, mayLeaveDeadLetters);
    }

    public Guid Id { get; }

    public TestUser Admin { get; }

    public string Path => $"/api/tenants/{Id}";

    public static async Task<TestTenant> CreateAsync(SaaSApp app, bool mayLeaveDeadLetters = false)
    {
        var admin = await TestUser.RegisterAsync(app);
        using var created = await admin.Http.PostAsJsonAsync("/api/tenants", new { name = "Test Company" });
        var tenant = await created.ReadDataAsync(HttpStatusCode.Created);
        return new TestTenant(app, tenant.GetProperty("id").GetGuid(), admin, mayLeaveDeadLetters);
    }

    /// <summary>Returns a client for a member with this role.</summary>
    public async Task<HttpClient> AsAsync(TenantRole role) => role is TenantRole.Admin ? Admin.Http : (await AddAsync(role)).Http;

    /// <summary>Adds a member with this role.</summary>
    public async Task<TestUser> AddAsync(TenantRole role)
    {
        var member = await TestUser.RegisterAsync(_app);
        using var added = await Admin.Http.PostAsJsonAsync($"{Path}/users", new { user_id = member.Id, role = role.ToJsonName() });
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        return member;
    }

    /// <summary>Returns a client for a user who is not a member.</summary>
    public async Task<HttpClient> AsStrangerAsync() => (await TestUser.RegisterAsync(_app)).Http;

    public HttpClient AsNobody() => _app.NewClient();

    /// <summary>The API path of the stored files.</summary>
    public string FilesPath => $"/api/files/{Id}/files";

    /// <summary>The tenant's objects, as files on disk.</summary>
    public IReadOnlyList<string> Objects
    {
        get
        {
            var folder = System.IO.Path.Combine(_app.ObjectsFolder, "tenants", Id.ToString());
            return Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories) : [];
        }
    }

    /// <summary>Uploads content, by default as the admin.</summary>
    public async Task<JsonElement> UploadAsync(byte[] content, string filename = "report.pdf", HttpClient? uploader = null)
    {
        using var form = FormOf(content, filename);
        using var answer = await (uploader ?? Admin.Http).PostAsync($"{Path}/documents", form);
        return await answer.ReadDataAsync(HttpStatusCode.Created);
    }

    /// <summary>Uploads content and deletes the document again, so that no document refers to its file.</summary>
    public async Task<Guid> UploadOrphanAsync(byte[] content)
    {
        var document = await UploadAsync(content);
        using var deleted = await Admin.Http.DeleteAsync($"{Path}/documents/{document.IdOf()}");
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        return document.GetProperty("file_id").GetGuid();
    }

    public static MultipartFormDataContent FormOf(byte[] content, string filename = "report.pdf", string type = "application/pdf")
    {
        var file = new ByteArrayContent(content);
        file.Headers.ContentType = new MediaTypeHeaderValue(type);
        return new MultipartFormDataContent { { file, "file", filename } };
    }

    public Task DrainAsync() => _app.DrainAsync(Id);

    public async ValueTask DisposeAsync()
    {
        await DrainAsync();
        if (!_mayLeaveDeadLetters)
        {
            Assert.Empty(await _app.InControlAsync(db => db.DeadLetters.Where(dead => dead.TenantId == Id).ToListAsync()));
        }
    }
}

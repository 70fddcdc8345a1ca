using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documents;

/// <summary>
/// Tests download links: valid without an access token, until they expire, for one document, and only while their creator may read it.
/// </summary>
public sealed class DownloadLinkTests(SaaSApp app)
{
    [Fact]
    public async Task A_viewer_creates_an_audited_link_that_works_without_sign_in()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var viewer = await tenant.AddAsync(TenantRole.Viewer);
        var document = await tenant.UploadAsync("0123456789"u8.ToArray());
        using var named = await tenant.Admin.Http.PutAsJsonAsync(
            $"{tenant.Path}/documents/{document.IdOf()}",
            new { filename = "Größe \"5\".txt" }
        );
        using var answer = await viewer.Http.GetAsync($"{tenant.Path}/documents/{document.IdOf()}/download-url?expires_in=60");
        var link = await answer.ReadDataAsync();
        using var nobody = tenant.AsNobody();
        using var range = new HttpRequestMessage(HttpMethod.Get, link.GetProperty("download_url").GetString())
        {
            Headers = { Range = new RangeHeaderValue(2, 4) },
        };
        using var part = await nobody.SendAsync(range);

        Assert.Equal(
            (60, 10, "text/plain"),
            (link.GetProperty("expires_in").GetInt32(), link.GetProperty("file_size").GetInt32(), link.GetProperty("mime_type").GetString())
        );
        Assert.Equal((HttpStatusCode.PartialContent, "234"), (part.StatusCode, await part.Content.ReadAsStringAsync()));
        Assert.Equal(
            ("attachment", "Größe \"5\".txt"),
            (part.Content.Headers.ContentDisposition?.DispositionType, part.Content.Headers.ContentDisposition?.FileNameStar)
        );
        Assert.Equal("nosniff", Assert.Single(part.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal(
            [$"user:{viewer.Id}"],
            await app.InTenantAsync(
                tenant.Id,
                db =>
                    db.AuditEntries.Where(entry =>
                            entry.Action == AuditAction.DownloadLinkCreated.Name && entry.SubjectId == document.IdOf()
                        )
                        .Select(entry => entry.Actor)
                        .ToListAsync()
            )
        );
    }

    [Fact]
    public async Task The_download_route_returns_the_link_or_redirects_to_it()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var path = $"{tenant.Path}/documents/{(await tenant.UploadAsync("led there"u8.ToArray())).IdOf()}/download";
        using var told = await tenant.Admin.Http.GetAsync(path);
        using var led = await tenant.Admin.Http.GetAsync($"{path}?redirect=true");
        using var nobody = tenant.AsNobody();

        Assert.Equal(
            ("/api/downloads", "led there"),
            (led.RequestMessage?.RequestUri?.AbsolutePath, await led.Content.ReadAsStringAsync())
        );
        Assert.Equal("led there", await nobody.GetStringAsync((await told.ReadDataAsync()).GetProperty("download_url").GetString()));
    }

    [Fact]
    public async Task A_tampered_link_is_rejected()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var url = await LinkAsync(tenant, (await tenant.UploadAsync("whole"u8.ToArray())).IdOf());
        var other = (await tenant.UploadAsync("other"u8.ToArray())).IdOf();
        using var nobody = tenant.AsNobody();
        var token = url[(url.IndexOf("token=", StringComparison.Ordinal) + "token=".Length)..];

        for (var at = 0; at < token.Length; at += 3)
        {
            var altered = token[..at] + (token[at] == 'a' ? 'b' : 'a') + token[(at + 1)..];
            using var answer = await nobody.GetAsync($"/api/downloads?token={altered}");
            // The last character of the signature has unused bits.
            Assert.True(answer.StatusCode is HttpStatusCode.BadRequest || at == token.Length - 1, $"{altered}: {(int)answer.StatusCode}");
        }

        var words = token.Split('.');
        words[1] = other.ToString("N");
        using var swapped = await nobody.GetAsync($"/api/downloads?token={string.Join('.', words)}");
        using var without = await nobody.GetAsync("/api/downloads");
        Assert.Equal("INVALID_LINK", await swapped.ReadProblemAsync(HttpStatusCode.BadRequest));
        Assert.Equal(["token"], await without.ReadFieldsAsync());
    }

    [Fact]
    public async Task A_link_expires_after_its_lifetime()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var url = await LinkAsync(tenant, (await tenant.UploadAsync("timed"u8.ToArray())).IdOf(), seconds: 60);
        var clock = new ShiftedClock { Ahead = TimeSpan.FromSeconds(30) };
        await using var api = app.StartApi(clock: clock);
        using var nobody = api.NewClient();
        Assert.Equal("timed", await nobody.GetStringAsync(url));

        clock.Ahead = TimeSpan.FromSeconds(61);
        using var late = await nobody.GetAsync(url);
        Assert.Equal("INVALID_LINK", await late.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task A_link_ends_with_the_document_or_the_membership_of_its_creator()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var member = await tenant.AddAsync(TenantRole.Viewer);
        var document = (await tenant.UploadAsync("kept"u8.ToArray())).IdOf();
        var (theirs, mine) = (await LinkAsync(tenant, document, maker: member.Http), await LinkAsync(tenant, document));
        using var nobody = tenant.AsNobody();
        using var removed = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/users/{member.Id}");
        using var ofFormerMember = await nobody.GetAsync(theirs);
        Assert.Equal("kept", await nobody.GetStringAsync(mine));

        using var deleted = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/documents/{document}");
        using var ofDeleted = await nobody.GetAsync(mine);

        Assert.Equal("NOT_FOUND", await ofFormerMember.ReadProblemAsync(HttpStatusCode.NotFound));
        Assert.Equal("NOT_FOUND", await ofDeleted.ReadProblemAsync(HttpStatusCode.NotFound));
    }

    [Theory]
    [InlineData("59")]
    [InlineData("86401")]
    [InlineData("-1")]
    [InlineData("soon")]
    public async Task A_lifetime_that_is_too_short_or_too_long_is_rejected(string seconds)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var path = $"{tenant.Path}/documents/{(await tenant.UploadAsync("x"u8.ToArray())).IdOf()}/download-url";
        using var answer = await tenant.Admin.Http.GetAsync($"{path}?expires_in={seconds}");
        using var usual = await tenant.Admin.Http.GetAsync(path);

        Assert.Equal(["expires_in"], await answer.ReadFieldsAsync());
        Assert.Equal(3_600, (await usual.ReadDataAsync()).GetProperty("expires_in").GetInt32());
    }

    [Fact]
    public async Task Links_use_the_configured_base_address()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = (await tenant.UploadAsync("x"u8.ToArray())).IdOf();
        await using var api = app.StartApi(new() { ["Downloads:BaseAddress"] = "https://api.example.com/" });
        using var client = api.NewClient(tenant.Admin.AccessToken);
        using var answer = await client.GetAsync($"{tenant.Path}/documents/{document}/download-url");

        Assert.StartsWith(
            "https://api.example.com/api/downloads?token=",
            (await answer.ReadDataAsync()).GetProperty("download_url").GetString(),
            StringComparison.Ordinal
        );
    }

    private static async Task<string> LinkAsync(TestTenant tenant, Guid document, int seconds = 3_600, HttpClient? maker = null)
    {
        using var answer = await (maker ?? tenant.Admin.Http).GetAsync(
            $"{tenant.Path}/documents/{document}/download-url?expires_in={seconds}"
        );
        return new Uri((await answer.ReadDataAsync()).GetProperty("download_url").GetString()!).PathAndQuery;
    }
}

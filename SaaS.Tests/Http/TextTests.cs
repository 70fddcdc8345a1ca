using System.Net.Http.Json;
using System.Text;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Http;

/// <summary>Tests texts from every script: stored unchanged or rejected, and never interpreted as anything but text.</summary>
public sealed class TextTests(SaaSApp app)
{
    [Theory]
    [InlineData("отчёт 報告 📄 \u00e9.txt")]
    [InlineData("quote\"semicolon;percent%0d%0a.txt")]
    public async Task A_filename_is_returned_unchanged_in_one_header_line(string name)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("text"u8.ToArray());
        using var renamed = await tenant.Admin.Http.PutAsJsonAsync($"{tenant.Path}/documents/{document.IdOf()}", new { filename = name });
        Assert.Equal(name, (await renamed.ReadDataAsync()).GetProperty("filename").GetString());

        using var content = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents/{document.IdOf()}/content");
        Assert.Equal(name, content.Content.Headers.ContentDisposition!.FileNameStar);
        Assert.False(content.Headers.Contains("X-Injected"));
    }

    [Theory]
    [InlineData("line\\r\\nX-Injected: yes")]
    [InlineData("line\\nbreak")]
    [InlineData("nul\\u0000")]
    [InlineData("half \\ud800 a character")]
    [InlineData("delete \\u007f")]
    [InlineData("next line \\u0085")]
    public async Task Control_characters_are_rejected_in_every_name(string escaped)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("text"u8.ToArray());
        foreach (
            var (method, path, body) in new[]
            {
                (HttpMethod.Post, "/api/tenants", $"{{\"name\": \"{escaped}\"}}"),
                (HttpMethod.Put, tenant.Path, $"{{\"name\": \"{escaped}\"}}"),
                (HttpMethod.Put, "/api/users/me", $"{{\"first_name\": \"{escaped}\"}}"),
                (HttpMethod.Put, $"{tenant.Path}/documents/{document.IdOf()}", $"{{\"filename\": \"{escaped}\"}}"),
                (HttpMethod.Put, $"{tenant.Path}/documents/{document.IdOf()}", $"{{\"mime_type\": \"{escaped}\"}}"),
            }
        )
        {
            using var request = new HttpRequestMessage(method, path)
            {
                Content = new StringContent(body, Encoding.UTF8, "application/json"),
            };
            using var answer = await tenant.Admin.Http.SendAsync(request);
            Assert.True(answer.StatusCode is HttpStatusCode.BadRequest, $"{method} {path} {body}: {(int)answer.StatusCode}");
        }
    }

    [Theory]
    [InlineData("\"nul \\u0000\"")]
    [InlineData("\"half \\ud800 a character\"")]
    [InlineData("1e999999")]
    [InlineData("1e-999999")]
    public async Task Free_form_JSON_that_the_database_cannot_store_is_rejected(string value)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("text"u8.ToArray());
        var name = value.StartsWith('"') ? value : "\"nul \\u0000\"";
        using var metadata = await PatchAsync($"{{\"file_metadata\": {{\"note\": [{{\"deep\": {value}}}]}}}}");
        using var named = await PatchAsync($"{{\"file_metadata\": {{\"note\": {{{name}: 1}}}}}}");
        using var message = await tenant.Admin.Http.PostAsync(
            "/api/demo/kafka/produce",
            new StringContent($"{{\"topic\": \"t\", \"message\": {{\"note\": {value}}}}}", Encoding.UTF8, "application/json")
        );

        Assert.Equal(
            (HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.BadRequest),
            (metadata.StatusCode, named.StatusCode, message.StatusCode)
        );

        async Task<HttpResponseMessage> PatchAsync(string body) =>
            await tenant.Admin.Http.PatchAsync(
                $"{tenant.FilesPath}/{document.GetProperty("file_id").GetGuid()}",
                new StringContent(body, Encoding.UTF8, "application/json")
            );
    }

    [Theory]
    [InlineData("%00")]
    [InlineData("%ff%fe")]
    [InlineData("%0d%0a")]
    [InlineData("%5c")]
    [InlineData("%25%25%25%25%25%25%25%25%25%25_%25_%25_%25_%25_%25_%25_%25_%25_%25_")] // wildcards unless they are escaped
    public async Task A_search_for_any_text_succeeds_or_is_rejected(string text)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.UploadAsync("text"u8.ToArray(), "plain.txt");
        using var answer = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents?filename={text}");

        Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{text}: {(int)answer.StatusCode}");
        Assert.DoesNotContain("plain.txt", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}

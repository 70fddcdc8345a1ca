using System.Text.Json;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Design;

/// <summary>Tests that one setting names the product everywhere.</summary>
public sealed class ProductNameTests(SaaSApp app)
{
    private const string Name = "Tom & Söhne";

    [Fact]
    public async Task Pages_and_the_API_reference_have_the_name_of_the_setting()
    {
        await using var api = app.StartApi(new() { ["Product:Name"] = Name });
        using var client = api.NewClient();
        foreach (var path in new[] { "/account/verify-email", "/jobs/sign-in", "/problems", "/problems/NOT_FOUND" })
        {
            var html = WebUtility.HtmlDecode(await client.GetStringAsync(path));
            Assert.Contains($" · {Name}</title>", html, StringComparison.Ordinal);
            Assert.Contains($"</svg>\n{Name}", html, StringComparison.Ordinal);
        }

        using var document = JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json"));
        Assert.Equal($"{Name} API", document.RootElement.GetProperty("info").GetProperty("title").GetString());
    }

    [Fact]
    public async Task The_stylesheet_and_the_logo_are_stored_by_browsers_and_revalidated()
    {
        using var client = app.NewClient();
        foreach (var path in new[] { "/design/design.css", "/design/logo.svg", "/jobs/assets/jobs.css", "/account/account.js" })
        {
            using var first = await client.GetAsync(path);
            Assert.Equal((HttpStatusCode.OK, true), (first.StatusCode, first.Headers.CacheControl?.NoCache));
            using var again = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
            using var unchanged = await client.SendAsync(again);
            Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        }
    }
}

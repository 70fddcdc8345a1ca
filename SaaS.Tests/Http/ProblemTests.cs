using System.Net.Http.Headers;
using System.Text;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Http;

/// <summary>Tests the client errors that any request can have: always a clear error in one format, never a 500.</summary>
public sealed class ProblemTests(SaaSApp app)
{
    [Theory]
    [InlineData("{", "BAD_REQUEST")]
    [InlineData("", "BAD_REQUEST")]
    [InlineData("null", "BAD_REQUEST")]
    [InlineData("[]", "BAD_REQUEST")]
    [InlineData("\"text\"", "BAD_REQUEST")]
    [InlineData("{\"email\": 1, \"password\": \"x\"}", "BAD_REQUEST")]
    public async Task An_invalid_JSON_body_is_rejected_with_400(string body, string code)
    {
        using var answer = await SendAsync(body, "application/json");
        Assert.Equal(code, await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task An_unknown_charset_is_rejected_with_415()
    {
        using var answer = await SendAsync("{}", "application/json; charset=klingon");
        Assert.Equal("UNSUPPORTED_MEDIA_TYPE", await answer.ReadProblemAsync(HttpStatusCode.UnsupportedMediaType));
    }

    [Fact]
    public async Task An_unknown_field_is_reported()
    {
        using var answer = await SendAsync("{\"email\": \"a@example.com\", \"password\": \"x\", \"is_admin\": true}", "application/json");
        Assert.Equal(["is_admin"], await answer.ReadFieldsAsync());
    }

    [Fact]
    public async Task Missing_fields_are_reported()
    {
        using var answer = await SendAsync("{}", "application/json");
        Assert.Equal(["email", "password"], (await answer.ReadFieldsAsync()).Order());
    }

    [Fact]
    public async Task An_unsupported_content_type_is_rejected_with_415()
    {
        using var answer = await SendAsync("email=a", "application/x-www-form-urlencoded");
        Assert.Equal("UNSUPPORTED_MEDIA_TYPE", await answer.ReadProblemAsync(HttpStatusCode.UnsupportedMediaType));
    }

    [Fact]
    public async Task A_body_over_a_megabyte_is_rejected_with_413()
    {
        using var answer = await SendAsync($"{{\"email\": \"{new string('a', 1_100_000)}\"}}", "application/json");
        Assert.Equal("PAYLOAD_TOO_LARGE", await answer.ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge));
    }

    [Fact]
    public async Task An_unknown_path_is_404_and_an_unsupported_method_is_405()
    {
        using var client = app.NewClient();
        using var nowhere = await client.GetAsync("/api/nowhere");
        using var method = await client.DeleteAsync("/api/auth/login");

        Assert.Equal("NOT_FOUND", await nowhere.ReadProblemAsync(HttpStatusCode.NotFound));
        Assert.Equal("METHOD_NOT_ALLOWED", await method.ReadProblemAsync(HttpStatusCode.MethodNotAllowed));
    }

    [Fact]
    public async Task Every_response_has_security_headers_and_no_server_header()
    {
        using var client = app.NewClient();
        using var root = await client.GetAsync("/");
        using var refused = await SendAsync("{", "application/json");

        Assert.Equal("running", (await root.ReadAsync(HttpStatusCode.OK)).GetProperty("status").GetString());
        foreach (var answer in new[] { root, refused })
        {
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Empty(answer.Headers.Server);
        }
    }

    [Fact]
    public async Task Health_endpoints_report_the_process_and_its_backing_services()
    {
        using var client = app.NewClient();
        using var live = await client.GetAsync("/health/live");
        using var ready = await client.GetAsync("/health/ready");
        using var health = await client.GetAsync("/health");

        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Equal("healthy", (await health.ReadAsync(HttpStatusCode.OK)).GetProperty("status").GetString());
        Assert.Equal(
            ["lifetime", "objects", "postgres", "redis"],
            (await ready.ReadAsync(HttpStatusCode.OK)).GetProperty("checks").EnumerateObject().Select(check => check.Name).Order()
        );
    }

    private async Task<HttpResponseMessage> SendAsync(string body, string type)
    {
        using var client = app.NewClient();
        using var content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(type));
        return await client.PostAsync("/api/auth/login", content);
    }
}

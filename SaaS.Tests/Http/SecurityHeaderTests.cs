using System.Net.Http.Json;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Http;

/// <summary>What a browser is told with every answer, of whatever kind.</summary>
public sealed class SecurityHeaderTests(SaaSApp app)
{
    private const string Origin = "https://app.example.com";

    [Theory]
    [InlineData("/", HttpStatusCode.OK)] // JSON
    [InlineData("/api/users/me", HttpStatusCode.Unauthorized)] // a problem
    [InlineData("/api/nowhere", HttpStatusCode.NotFound)]
    [InlineData("/jobs/sign-in", HttpStatusCode.OK)] // pages
    [InlineData("/account/reset-password", HttpStatusCode.OK)]
    [InlineData("/api/docs/", HttpStatusCode.OK)]
    [InlineData("/jobs", HttpStatusCode.Redirect)]
    [InlineData("/health/live", HttpStatusCode.OK)]
    [InlineData("/openapi/v1.json", HttpStatusCode.OK)]
    public async Task Every_answer_says_what_a_browser_may_do_with_it(string path, HttpStatusCode expected)
    {
        using var client = NewBrowser(app.Api);
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        using var answer = await client.GetAsync(path);

        Assert.Equal(expected, answer.StatusCode);
        AssertProtected(answer);
    }

    [Fact]
    public async Task Content_and_failures_are_protected_as_everything_else()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("plain"u8.ToArray(), "page.html");
        using var content = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents/{document.IdOf()}/content");
        using var browser = NewBrowser(app.Api);
        browser.DefaultRequestHeaders.Authorization = tenant.Admin.Http.DefaultRequestHeaders.Authorization;
        using var redirect = await browser.GetAsync($"{tenant.Path}/documents/{document.IdOf()}/download?redirect=true");
        using var packed = new HttpRequestMessage(HttpMethod.Post, "/api/auth/login") { Content = new StringContent("{}") { Headers = { { "Content-Encoding", "gzip" } } } };
        using var refused = await tenant.Admin.Http.SendAsync(packed);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Redirect, HttpStatusCode.UnsupportedMediaType), (content.StatusCode, redirect.StatusCode, refused.StatusCode));
        Assert.Equal("attachment", content.Content.Headers.ContentDisposition!.DispositionType);
        foreach (var answer in new[] { content, redirect, refused })
        {
            AssertProtected(answer);
        }
    }

    [Fact]
    public async Task Outside_development_what_came_over_TLS_is_to_come_over_TLS()
    {
        await using var api = app.StartApi(new() { ["environment"] = "Production", ["Mail:AllowFolderOutsideDevelopment"] = "true", ["ForwardedHeaders:KnownNetworks:0"] = "127.0.0.0/8", ["ForwardedHeaders:KnownNetworks:1"] = "::/0" });
        using var secure = await AskAsync(api, "https");
        using var open = await AskAsync(api, "http");
        using var inDevelopment = await AskAsync(app.Api, "https");

        Assert.Equal("max-age=31536000; includeSubDomains", Assert.Single(secure.Headers.GetValues("Strict-Transport-Security")));
        Assert.False(open.Headers.Contains("Strict-Transport-Security")); // RFC 6797, section 7.2: not over what anybody may have changed
        Assert.False(inDevelopment.Headers.Contains("Strict-Transport-Security"));

        static async Task<HttpResponseMessage> AskAsync(ApiUnderTest api, string scheme)
        {
            using var client = api.NewClient();
            using var request = new HttpRequestMessage(HttpMethod.Get, "/health/live") { Headers = { { "X-Forwarded-Proto", scheme }, { "X-Forwarded-For", "192.0.2.1" } } };
            request.Headers.Host = "api.example.com";
            return await client.SendAsync(request);
        }
    }

    [Fact]
    public async Task Only_the_origins_that_are_named_may_call_from_a_browser()
    {
        await using var api = app.StartApi(new() { ["Cors:Origins:0"] = Origin });
        using var allowed = await PreflightAsync(api, Origin);
        Assert.Equal(Origin, Assert.Single(allowed.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal("true", Assert.Single(allowed.Headers.GetValues("Access-Control-Allow-Credentials")));
        Assert.Equal(["authorization", "content-type", "idempotency-key"], Assert.Single(allowed.Headers.GetValues("Access-Control-Allow-Headers")).ToLowerInvariant().Split(',').Order());

        foreach (var other in new[] { "https://evil.example.com", "https://app.example.com.evil.com", "http://app.example.com", "https://app.example.com:8443", "https://APP.example.com.", "null", "https://sub.app.example.com" })
        {
            using var refused = await PreflightAsync(api, other);
            Assert.False(refused.Headers.Contains("Access-Control-Allow-Origin"), other);
        }

        using var nowhere = await PreflightAsync(app.Api, Origin); // none is named there
        Assert.False(nowhere.Headers.Contains("Access-Control-Allow-Origin"));

        static async Task<HttpResponseMessage> PreflightAsync(ApiUnderTest api, string origin)
        {
            using var client = api.NewClient();
            using var request = new HttpRequestMessage(HttpMethod.Options, "/api/tenants") { Headers = { { "Access-Control-Request-Method", "POST" }, { "Access-Control-Request-Headers", "authorization,content-type,idempotency-key" } } };
            request.Headers.TryAddWithoutValidation("Origin", origin);
            return await client.SendAsync(request);
        }
    }

    [Theory]
    [InlineData("http", "; path=/jobs; samesite=strict; httponly")]
    [InlineData("https", "; path=/jobs; secure; samesite=strict; httponly")]
    public async Task The_operators_cookie_goes_to_the_page_alone_and_no_script_reads_it(string scheme, string expected)
    {
        var operator_ = await TestUser.OperatorAsync(app);
        await using var api = app.StartApi(new() { ["ForwardedHeaders:KnownNetworks:0"] = "127.0.0.0/8", ["ForwardedHeaders:KnownNetworks:1"] = "::/0" });
        using var client = NewBrowser(api);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/jobs/sign-in")
        {
            Headers = { { "Sec-Fetch-Site", "same-origin" }, { "X-Forwarded-Proto", scheme }, { "X-Forwarded-For", "127.0.0.1" } },
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["email"] = operator_.Email, ["password"] = TestUser.Password }),
        };
        using var answer = await client.SendAsync(request);

        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith("saas_operator=", cookie, StringComparison.Ordinal);
        Assert.EndsWith(expected, cookie, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_goes_wrong_tells_nothing_of_what_is_inside()
    {
        using var client = app.NewClient();
        using var wrong = await client.PostAsJsonAsync("/api/auth/login", new { email = 1 });
        using var nowhere = await client.GetAsync("/api/tenants/not-an-id/documents");
        foreach (var answer in new[] { wrong, nowhere })
        {
            var text = await answer.Content.ReadAsStringAsync();
            foreach (var inside in new[] { "System.", "Microsoft.", "SaaS.Core", "Npgsql", "   at ", ".cs:" })
            {
                Assert.DoesNotContain(inside, text, StringComparison.Ordinal);
            }
        }
    }

    // Goes where it is asked to, and not where it is led; and keeps no cookie.
    private static HttpClient NewBrowser(ApiUnderTest api) => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = api.ClientOptions.BaseAddress };

    private static void AssertProtected(HttpResponseMessage answer)
    {
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("DENY", Assert.Single(answer.Headers.GetValues("X-Frame-Options")));
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.Equal("same-site", Assert.Single(answer.Headers.GetValues("Cross-Origin-Resource-Policy")));
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.NotNull(answer.Headers.CacheControl);
        Assert.Empty(answer.Headers.Server);
        Assert.False(answer.Headers.Contains("X-Powered-By"));
    }
}

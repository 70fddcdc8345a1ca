using System.Net.Http.Json;
using System.Text;
using System.Text.RegularExpressions;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Http;

/// <summary>Tests the security headers of every kind of response.</summary>
public sealed class SecurityHeaderTests(SaaSApp app)
{
    private const string Origin = "https://app.example.com";

    // Settings for a proxy that terminates TLS.
    private static readonly Dictionary<string, string?> Production = new()
    {
        ["environment"] = "Production",
        ["Mail:AllowFolderOutsideDevelopment"] = "true",
        ["Downloads:BaseAddress"] = "https://api.example.com",
        ["ForwardedHeaders:KnownNetworks:0"] = "127.0.0.0/8",
        ["ForwardedHeaders:KnownNetworks:1"] = "::/0",
    };

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
    public async Task Every_response_has_browser_security_headers(string path, HttpStatusCode expected)
    {
        using var client = NewBrowser(app.Api);
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        using var answer = await client.GetAsync(path);

        Assert.Equal(expected, answer.StatusCode);
        AssertProtected(answer);
    }

    [Fact]
    public async Task Downloads_and_errors_have_the_same_security_headers()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("plain"u8.ToArray(), "page.html");
        using var content = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents/{document.IdOf()}/content");
        using var browser = NewBrowser(app.Api);
        browser.DefaultRequestHeaders.Authorization = tenant.Admin.Http.DefaultRequestHeaders.Authorization;
        using var redirect = await browser.GetAsync($"{tenant.Path}/documents/{document.IdOf()}/download?redirect=true");
        using var packed = new HttpRequestMessage(HttpMethod.Post, "/api/auth/login")
        {
            Content = new StringContent("{}") { Headers = { { "Content-Encoding", "gzip" } } },
        };
        using var refused = await tenant.Admin.Http.SendAsync(packed);

        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.Redirect, HttpStatusCode.UnsupportedMediaType),
            (content.StatusCode, redirect.StatusCode, refused.StatusCode)
        );
        Assert.Equal("attachment", content.Content.Headers.ContentDisposition!.DispositionType);
        foreach (var answer in new[] { content, redirect, refused })
        {
            AssertProtected(answer);
        }
    }

    [Fact]
    public async Task Outside_development_HTTPS_responses_enable_HSTS()
    {
        await using var api = app.StartApi(new(Production));
        using var secure = await AskAsync(api.NewClient(), "https", "/health/live");
        using var failed = await AskAsync(api.NewClient(), "https", "/api/auth/login", "{");
        using var page = await AskAsync(api.NewClient(), "https", "/jobs/sign-in");
        foreach (var answer in new[] { secure, failed, page })
        {
            Assert.Equal("max-age=31536000; includeSubDomains", Assert.Single(answer.Headers.GetValues("Strict-Transport-Security")));
        }

        using var open = await AskAsync(api.NewClient(), "http", "/health/live");
        using var inDevelopment = await AskAsync(app.NewClient(), "https", "/health/live");
        foreach (var answer in new[] { open, inDevelopment })
        {
            // RFC 6797, section 7.2: not over a connection that an attacker could have modified.
            Assert.False(answer.Headers.Contains("Strict-Transport-Security"));
        }

        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.OK),
            (secure.StatusCode, failed.StatusCode, page.StatusCode)
        );

        static async Task<HttpResponseMessage> AskAsync(HttpClient client, string scheme, string path, string? body = null)
        {
            using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path)
            {
                Headers = { { "X-Forwarded-Proto", scheme }, { "X-Forwarded-For", "192.0.2.1" } },
            };
            request.Headers.Host = "api.example.com";
            request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
            using (client)
            {
                return await client.SendAsync(request);
            }
        }
    }

    [Fact]
    public async Task CORS_allows_only_the_configured_origins()
    {
        await using var api = app.StartApi(new() { ["Cors:Origins:0"] = Origin });
        using var allowed = await PreflightAsync(api, Origin);
        Assert.Equal(Origin, Assert.Single(allowed.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal("true", Assert.Single(allowed.Headers.GetValues("Access-Control-Allow-Credentials")));
        Assert.Equal(
            [
                "authorization",
                "content-type",
                "idempotency-key",
                "if-match",
                "if-modified-since",
                "if-none-match",
                "if-range",
                "if-unmodified-since",
                "range",
            ],
            Assert.Single(allowed.Headers.GetValues("Access-Control-Allow-Headers")).ToLowerInvariant().Split(',').Order()
        );

        foreach (
            var other in new[]
            {
                "https://evil.example.com",
                "https://app.example.com.evil.com",
                "http://app.example.com",
                "https://app.example.com:8443",
                "https://APP.example.com.",
                "null",
                "https://sub.app.example.com",
            }
        )
        {
            using var refused = await PreflightAsync(api, other);
            Assert.False(refused.Headers.Contains("Access-Control-Allow-Origin"), other);
        }

        using var nowhere = await PreflightAsync(app.Api, Origin); // no origin is configured there
        Assert.False(nowhere.Headers.Contains("Access-Control-Allow-Origin"));

        static async Task<HttpResponseMessage> PreflightAsync(ApiUnderTest api, string origin)
        {
            using var client = api.NewClient();
            using var request = new HttpRequestMessage(HttpMethod.Options, "/api/tenants")
            {
                Headers =
                {
                    { "Access-Control-Request-Method", "POST" },
                    { "Access-Control-Request-Headers", "authorization,content-type,idempotency-key" },
                },
            };
            request.Headers.TryAddWithoutValidation("Origin", origin);
            return await client.SendAsync(request);
        }
    }

    [Theory]
    [InlineData("http", "saas_operator", "; path=/jobs; samesite=strict; httponly")]
    [InlineData("https", "__Host-saas_operator", "; path=/; secure; samesite=strict; httponly")]
    public async Task The_operator_cookie_is_host_only_and_unreadable_by_scripts(string scheme, string name, string expected)
    {
        var operator_ = await TestUser.OperatorAsync(app);
        await using var api = app.StartApi(
            new() { ["ForwardedHeaders:KnownNetworks:0"] = "127.0.0.0/8", ["ForwardedHeaders:KnownNetworks:1"] = "::/0" }
        );
        using var client = NewBrowser(api);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/jobs/sign-in")
        {
            Headers =
            {
                { "Sec-Fetch-Site", "same-origin" },
                { "X-Forwarded-Proto", scheme },
                { "X-Forwarded-For", "127.0.0.1" },
            },
            Content = new FormUrlEncodedContent(
                new Dictionary<string, string> { ["email"] = operator_.Email, ["password"] = TestUser.Password }
            ),
        };
        using var answer = await client.SendAsync(request);

        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith($"{name}=", cookie, StringComparison.Ordinal);
        Assert.EndsWith(expected, cookie, StringComparison.Ordinal);

        var token = cookie[(name.Length + 1)..cookie.IndexOf(';', StringComparison.Ordinal)];
        Assert.Equal(HttpStatusCode.OK, await ComeWithAsync($"{name}={token}"));
        Assert.Equal(
            HttpStatusCode.Redirect,
            await ComeWithAsync($"{(scheme is "http" ? "__Host-saas_operator" : "saas_operator")}={token}")
        ); // a cookie that a sibling host could have set

        async Task<HttpStatusCode> ComeWithAsync(string sent)
        {
            using var page = new HttpRequestMessage(HttpMethod.Get, "/jobs")
            {
                Headers =
                {
                    { "Accept", "text/html" },
                    { "Cookie", sent },
                    { "X-Forwarded-Proto", scheme },
                    { "X-Forwarded-For", "127.0.0.1" },
                },
            };
            using var shown = await client.SendAsync(page);
            return shown.StatusCode;
        }
    }

    [Theory]
    [InlineData("127.0.0.0/8", "192.0.2.7")]
    [InlineData("198.51.100.0/24", "127.0.0.1")]
    public async Task Forwarded_headers_are_trusted_only_from_configured_networks(string network, string expected)
    {
        await using var api = app.StartApi(new() { ["ForwardedHeaders:KnownNetworks:0"] = network });
        var user = await TestUser.RegisterAsync(app);
        using var client = new HttpClient
        {
            BaseAddress = new UriBuilder(api.ClientOptions.BaseAddress) { Host = "127.0.0.1" }.Uri,
            DefaultRequestHeaders = { { "X-Forwarded-For", "192.0.2.7" } },
        };
        using var signedIn = await client.PostAsJsonAsync("/api/auth/login", new { email = user.Email, password = TestUser.Password });
        client.DefaultRequestHeaders.Authorization = new(
            "Bearer",
            (await signedIn.ReadAsync(HttpStatusCode.OK)).GetProperty("access_token").GetString()
        );

        using var sessions = await client.GetAsync("/api/users/me/sessions");
        var current = Assert.Single(
            (await sessions.ReadDataAsync()).GetProperty("sessions").EnumerateArray(),
            session => session.GetProperty("is_current").GetBoolean()
        );
        Assert.Equal(expected, current.GetProperty("address").GetString());
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/api/users/me")]
    [InlineData("/jobs/sign-in")]
    public async Task TRACE_is_rejected_everywhere(string path)
    {
        using var client = NewBrowser(app.Api);
        using var trace = new HttpRequestMessage(HttpMethod.Trace, path) { Headers = { { "X-Secret", "open-sesame" } } };
        using var answer = await client.SendAsync(trace);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.DoesNotContain("open-sesame", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/jobs/sign-in", 1)]
    [InlineData("/account/reset-password", 2)]
    public async Task Password_fields_are_masked_and_allow_paste_and_autofill(string path, int fields)
    {
        using var client = NewBrowser(app.Api);
        var html = await client.GetStringAsync(path);
        var masked = Regex
            .Matches(html, "<input[^>]*>")
            .Select(match => match.Value)
            .Where(input => input.Contains("type=\"password\"", StringComparison.Ordinal))
            .ToList();
        Assert.Equal(fields, masked.Count);
        Assert.All(masked, input => Assert.Matches("autocomplete=\"(current|new)-password\"", input));
        Assert.Empty(
            Regex
                .Matches(html, "<input[^>]*>")
                .Select(match => match.Value)
                .Where(input => input.Contains("password", StringComparison.Ordinal))
                .Except(masked)
        );

        foreach (Match script in Regex.Matches(html, "<script[^>]*src=\"([^\"]+)\""))
        {
            html += await client.GetStringAsync(new Uri(new Uri(client.BaseAddress!, path), script.Groups[1].Value));
        }

        Assert.DoesNotContain("paste", html, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Error_responses_reveal_no_internals()
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

    // Follows no redirects and stores no cookies.
    private static HttpClient NewBrowser(ApiUnderTest api) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = api.ClientOptions.BaseAddress };

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

using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Http;

/// <summary>
/// Tests that request lines and headers that are too long, too many or missing are rejected before any work is done for them.
/// </summary>
public sealed class HeaderLimitTests(SaaSApp app)
{
    public static TheoryData<string, string, int> Requests() =>
        new()
        {
            { "a header of 64 KiB", $"GET /api/users/me HTTP/1.1\r\nHost: localhost\r\nX-Long: {new string('a', 65_536)}\r\n\r\n", 431 },
            {
                "a thousand headers",
                $"GET /api/users/me HTTP/1.1\r\nHost: localhost\r\n{string.Concat(Enumerable.Range(0, 1_000).Select(i => $"X-{i}: a\r\n"))}\r\n",
                431
            },
            { "an address of 64 KiB", $"GET /api/{new string('a', 65_536)} HTTP/1.1\r\nHost: localhost\r\n\r\n", 414 },
            { "no host", "GET /api/users/me HTTP/1.1\r\nConnection: close\r\n\r\n", 400 },
            { "two hosts", "GET /api/users/me HTTP/1.1\r\nHost: localhost\r\nHost: elsewhere\r\nConnection: close\r\n\r\n", 400 },
            { "a NUL in a header", "GET /api/users/me HTTP/1.1\r\nHost: localhost\r\nX-Nul: a\0b\r\nConnection: close\r\n\r\n", 400 },
            {
                "a bare line feed in a header",
                "GET /api/users/me HTTP/1.1\r\nHost: localhost\r\nX-Line: a\rb\r\nConnection: close\r\n\r\n",
                400
            },
            {
                "a header that goes on in the next line",
                "GET /api/users/me HTTP/1.1\r\nHost: localhost\r\nX-Folded: a\r\n b\r\nConnection: close\r\n\r\n",
                400
            },
            {
                "two lengths",
                "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\nConnection: close\r\n\r\n{}",
                400
            },
            {
                "an unknown coding",
                "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\nConnection: close\r\n\r\n",
                400
            },
            { "no HTTP", "HELLO\r\n\r\n", 400 },
            { "a version that there is not", "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", 505 },
        };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_malformed_or_oversized_request_is_rejected(string what, string request, int expected)
    {
        var (status, text) = await RawRequest.SendAsync(app.Api, request);

        Assert.True(expected == status, $"{what}: {text}");
        Assert.DoesNotContain("Kestrel", text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_chunked_request_with_a_content_length_is_rejected()
    {
        // A proxy might use the length: then the rest of the chunks would be a request of another client (request smuggling).
        var (status, text) = await RawRequest.SendAsync(
            app.Api,
            "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        );

        Assert.Equal(400, status);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(text, "HTTP/1.1 "));
    }
}

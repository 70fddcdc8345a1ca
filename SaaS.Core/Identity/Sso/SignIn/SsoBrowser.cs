using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>
/// Binds a sign-in to the browser that started it by a cookie, so that a stolen or forwarded callback URL is useless. Several concurrent
/// sign-ins share the cookie; over TLS the `__Host-` prefix, which needs the path `/`, restricts it to this host.
/// </summary>
internal static class SsoBrowser
{
    private const int Bytes = 32;

    private static readonly (string Name, string Path) OverTls = ("__Host-saas-sso", "/");
    private static readonly (string Name, string Path) OnThisMachine = ("saas-sso", "/api/auth/sso");

    /// <returns>The hash that the flow stores to recognize the browser.</returns>
    public static byte[] EnsureCookie(HttpContext http, SsoOptions options)
    {
        var (name, path) = CookieOf(options);

        // Keeps an existing cookie, so that a second tab does not invalidate the first one's sign-in.
        var value = http.Request.Cookies[name] is { Length: 43 } known
            ? known
            : Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));
        http.Response.Cookies.Append(
            name,
            value,
            new CookieOptions
            {
                HttpOnly = true,
                Secure = IsOverTls(options),
                SameSite = SameSiteMode.Lax, // the provider returns by a cross-site redirect, on which Strict would withhold the cookie
                Path = path,
                MaxAge = options.FlowLifetime,
                IsEssential = true,
            }
        );
        return HashOf(value);
    }

    /// <returns>Null for a browser that has not started a sign-in.</returns>
    public static byte[]? FindCookieHash(HttpContext http, SsoOptions options) =>
        http.Request.Cookies[CookieOf(options).Name] is { Length: > 0 } value ? HashOf(value) : null;

    private static (string Name, string Path) CookieOf(SsoOptions options) => IsOverTls(options) ? OverTls : OnThisMachine;

    // Decides by the public callback address, because a proxy may terminate TLS.
    private static bool IsOverTls(SsoOptions options) => options.CallbackAddress.Scheme == Uri.UriSchemeHttps;

    private static byte[] HashOf(string value) => SHA256.HashData(Encoding.UTF8.GetBytes(value));
}

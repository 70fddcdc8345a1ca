using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>
/// Binds a sign-in to the browser in which it was begun, by a cookie: whoever gets hold of the address that the provider sends
/// the browser back to, or makes somebody else open it, has nothing. Several sign-ins at once share the cookie. Over TLS its name
/// makes browsers take it from this host alone, not from one beside it; for that it has to be of every path.
/// </summary>
internal static class SsoBrowser
{
    private const int Bytes = 32;

    private static readonly (string Name, string Path) OverTls = ("__Host-saas-sso", "/");
    private static readonly (string Name, string Path) OnThisMachine = ("saas-sso", "/api/auth/sso");

    /// <returns>What the flow remembers of the browser.</returns>
    public static byte[] Mark(HttpContext http, SsoOptions options)
    {
        var (name, path) = CookieOf(options);

        // One that is there is kept, or a second tab would undo the first one's.
        var value = http.Request.Cookies[name] is { Length: 43 } known ? known : Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));
        http.Response.Cookies.Append(name, value, new CookieOptions
        {
            HttpOnly = true,
            Secure = IsOverTls(options),
            SameSite = SameSiteMode.Lax, // the provider sends the browser back by a link: Strict would keep the cookie at home
            Path = path,
            MaxAge = options.FlowLifetime,
            IsEssential = true,
        });
        return HashOf(value);
    }

    /// <returns>Null for a browser in which none was begun.</returns>
    public static byte[]? Find(HttpContext http, SsoOptions options) => http.Request.Cookies[CookieOf(options).Name] is { Length: > 0 } value ? HashOf(value) : null;

    private static (string Name, string Path) CookieOf(SsoOptions options) => IsOverTls(options) ? OverTls : OnThisMachine;

    // By the address that the provider sends browsers to: a proxy may end TLS before us.
    private static bool IsOverTls(SsoOptions options) => options.CallbackAddress.Scheme == Uri.UriSchemeHttps;

    private static byte[] HashOf(string value) => SHA256.HashData(Encoding.UTF8.GetBytes(value));
}

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SaaS.Core.Sso;

/// <summary>
/// Binds a sign-in to the browser in which it was begun, by a cookie: whoever gets hold of the address that the provider sends
/// the browser back to, or makes somebody else open it, has nothing. Several sign-ins at once share the cookie.
/// </summary>
internal static class SsoBrowser
{
    public const string CookieName = "saas-sso";

    private const string Path = "/api/auth/sso";
    private const int Bytes = 32;

    /// <returns>What the flow remembers of the browser.</returns>
    public static byte[] Mark(HttpContext http, SsoOptions options)
    {
        // One that is there is kept, or a second tab would undo the first one's.
        var value = http.Request.Cookies[CookieName] is { Length: 43 } known ? known : Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));
        http.Response.Cookies.Append(CookieName, value, new CookieOptions
        {
            HttpOnly = true,
            Secure = options.CallbackAddress.Scheme == Uri.UriSchemeHttps,
            SameSite = SameSiteMode.Lax, // the provider sends the browser back by a link: Strict would keep the cookie at home
            Path = Path,
            MaxAge = options.FlowLifetime,
            IsEssential = true,
        });
        return HashOf(value);
    }

    /// <returns>Null for a browser in which none was begun.</returns>
    public static byte[]? Find(HttpContext http) => http.Request.Cookies[CookieName] is { Length: > 0 } value ? HashOf(value) : null;

    private static byte[] HashOf(string value) => SHA256.HashData(Encoding.UTF8.GetBytes(value));
}

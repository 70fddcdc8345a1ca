using Microsoft.Extensions.Options;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>
/// Validates the URLs that a browser may be redirected to after a sign-in or a sign-out, against an allow-list of the product's origins.
/// </summary>
internal sealed class ReturnUrls(IOptions<SsoOptions> options)
{
    public const int MaxLength = 2_000;

    /// <returns>The URL when its origin is allowed; otherwise null.</returns>
    public Uri? ParseAllowed(string address) =>
        address.Length <= MaxLength
        && !address.Any(character => char.IsControl(character) || character is '\\') // browsers treat it as a slash
        && Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && uri.UserInfo.Length == 0
        && options.Value.ReturnOrigins.Any(origin => origin.TrimEnd('/') == uri.GetLeftPart(UriPartial.Authority))
            ? uri
            : null;

    /// <summary>Adds a parameter to the query of a URL, which may already have one.</summary>
    public static string AppendQuery(string address, string name, string value)
    {
        var parts = new UriBuilder(address);
        parts.Query = $"{parts.Query.TrimStart('?')}{(parts.Query.Length > 1 ? "&" : "")}{name}={Uri.EscapeDataString(value)}";
        return parts.Uri.AbsoluteUri;
    }
}

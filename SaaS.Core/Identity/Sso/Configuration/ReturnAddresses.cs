using Microsoft.Extensions.Options;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>Where a browser may be sent after a sign-in or a sign-out: to pages of the product, and nowhere else.</summary>
internal sealed class ReturnAddresses(IOptions<SsoOptions> options)
{
    public const int MaxLength = 2_000;

    /// <returns>The address, if it leads to an allowed origin.</returns>
    public Uri? Find(string address) =>
        address.Length <= MaxLength
        && !address.Any(character => char.IsControl(character) || character is '\\') // which browsers take for a slash
        && Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && uri.UserInfo.Length == 0
        && options.Value.ReturnOrigins.Any(origin => origin.TrimEnd('/') == uri.GetLeftPart(UriPartial.Authority))
            ? uri
            : null;

    /// <summary>Adds to the query that the address may have already.</summary>
    public static string With(string address, string name, string value)
    {
        var parts = new UriBuilder(address);
        parts.Query = $"{parts.Query.TrimStart('?')}{(parts.Query.Length > 1 ? "&" : "")}{name}={Uri.EscapeDataString(value)}";
        return parts.Uri.AbsoluteUri;
    }
}

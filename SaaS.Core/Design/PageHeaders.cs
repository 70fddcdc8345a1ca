using Microsoft.AspNetCore.Http;

namespace SaaS.Core.Design;

/// <summary>Sets the security headers of an HTML page.</summary>
public static class PageHeaders
{
    /// <summary>The policy of a page that allows the stylesheet and the logo only: no scripts, no forms and no framing.</summary>
    public const string StaticPagePolicy =
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <param name="policy">The Content-Security-Policy of the page.</param>
    public static void SetSecurityHeaders(this HttpResponse response, string policy)
    {
        var headers = response.Headers;
        headers.ContentSecurityPolicy = policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
    }
}

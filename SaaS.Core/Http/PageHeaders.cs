using Microsoft.AspNetCore.Http;

namespace SaaS.Core.Http;

/// <summary>What a browser is told about a page of ours.</summary>
public static class PageHeaders
{
    /// <param name="policy">What the page may load, send and run (Content-Security-Policy).</param>
    public static void Protect(this HttpResponse response, string policy)
    {
        var headers = response.Headers;
        headers.ContentSecurityPolicy = policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
    }
}

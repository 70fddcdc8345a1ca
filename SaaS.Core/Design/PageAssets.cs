using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace SaaS.Core.Design;

/// <summary>
/// Serves the stylesheets, scripts and images of pages, which are resources of this assembly. Browsers store them and revalidate them
/// on every use, so that pages and assets never come from different versions.
/// </summary>
internal static class PageAssets
{
    private const string Policy = "default-src 'none'; frame-ancestors 'none'";

    private static readonly Dictionary<string, string> ContentTypes = new(StringComparer.Ordinal)
    {
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    };

    /// <summary>Maps a resource whose name is the last segment of the path.</summary>
    public static void MapPageAsset(this IEndpointRouteBuilder routes, string path) =>
        routes.MapPageAsset(path, Read(Path.GetFileName(path)));

    public static void MapPageAsset(this IEndpointRouteBuilder routes, string path, byte[] content)
    {
        var type = ContentTypes[Path.GetExtension(path)];
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(content))}\"");
        routes
            .MapGet(
                path,
                (HttpResponse response) =>
                {
                    response.SetSecurityHeaders(Policy);
                    response.Headers.CacheControl = "no-cache";
                    return TypedResults.Bytes(content, type, entityTag: tag);
                }
            )
            .AllowAnonymous()
            .ExcludeFromDescription();
    }

    public static byte[] Read(string resource)
    {
        using var stream = typeof(PageAssets).Assembly.GetManifestResourceStream(resource)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace SaaS.Core.Access;

/// <summary>Indicates that the server waited for the request body, so that the access may have changed since it was granted.</summary>
internal sealed record AwaitedBodyFeature;

/// <summary>Endpoint metadata: the route streams a large request body, within its own limits.</summary>
internal sealed record StreamedBodyMetadata;

internal static class RequestBody
{
    /// <summary>Returns true when the body is buffered before the route opens any resource.</summary>
    public static bool IsBuffered(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>() is not null && !IsStreamed(http);

    /// <summary>Returns true when the route streams the body at the client's speed.</summary>
    public static bool IsStreamed(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<StreamedBodyMetadata>() is not null;
}

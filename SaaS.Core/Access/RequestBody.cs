using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace SaaS.Core.Access;

/// <summary>The request's body was not there at once: what decided about the request may have changed since.</summary>
internal sealed record AwaitedBody;

/// <summary>What a route reads.</summary>
internal static class RequestBody
{
    /// <summary>Whether the route reads a body that is small enough to be received whole before anything is opened for it.</summary>
    public static bool IsReceivedFirst(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>() is { } accepted && !accepted.ContentTypes.Contains(Streamed, StringComparer.OrdinalIgnoreCase);

    /// <summary>Content that may be large: it is read by its route, piece by piece.</summary>
    private const string Streamed = "multipart/form-data";
}

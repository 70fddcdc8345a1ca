using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace SaaS.Core.Access;

/// <summary>The request's body was not there at once: what decided about the request may have changed since.</summary>
internal sealed record AwaitedBody;

/// <summary>What a route reads.</summary>
internal static class RequestBody
{
    private const string Streamed = "multipart/form-data";

    /// <summary>Whether the route reads a body that is small enough to be received whole before anything is opened for it.</summary>
    public static bool IsReceivedFirst(HttpContext http) => Accepted(http) is { } accepted && !IsStreamed(accepted);

    /// <summary>Whether the route reads content that may be large, at its caller's pace.</summary>
    public static bool IsStreamed(HttpContext http) => Accepted(http) is { } accepted && IsStreamed(accepted);

    private static IAcceptsMetadata? Accepted(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>();

    private static bool IsStreamed(IAcceptsMetadata accepted) => accepted.ContentTypes.Contains(Streamed, StringComparer.OrdinalIgnoreCase);
}

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace SaaS.Core.Access;

/// <summary>The request's body was not there at once: what decided about the request may have changed since.</summary>
internal sealed record AwaitedBody;

/// <summary>Marks a route whose body may be large: the route reads it piece by piece, within limits of its own.</summary>
internal sealed record StreamedBody;

/// <summary>How the body of a request is read.</summary>
internal static class RequestBody
{
    /// <summary>Whether the route reads a body that is received whole before anything is opened for it.</summary>
    public static bool IsReceivedFirst(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>() is not null && !IsStreamed(http);

    /// <summary>Whether the route reads its body at its caller's pace.</summary>
    public static bool IsStreamed(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<StreamedBody>() is not null;
}

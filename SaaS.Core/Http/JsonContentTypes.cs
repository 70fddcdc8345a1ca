using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace SaaS.Core.Http;

/// <summary>
/// Restricts the content types of JSON bodies. The framework reads any <c>+json</c> type in the same way: a JSON Patch would be taken for
/// the object that it patches.
/// </summary>
public static class JsonContentTypes
{
    public const string Json = "application/json";

    /// <summary>RFC 7396; every PATCH with a JSON body accepts it.</summary>
    public const string MergePatch = "application/merge-patch+json";

    /// <summary>Makes each PATCH endpoint of the group accept merge patches.</summary>
    public static void AddTo(IEndpointConventionBuilder routes) =>
        routes.Finally(endpoint =>
        {
            var accepted = endpoint.Metadata.OfType<IAcceptsMetadata>().LastOrDefault();
            if (
                accepted is not null
                && accepted.ContentTypes.Contains(Json)
                && endpoint.Metadata.OfType<IHttpMethodMetadata>().Any(methods => methods.HttpMethods.Contains(HttpMethods.Patch))
            )
            {
                endpoint.Metadata.Add(new AcceptsMetadata([Json, MergePatch], accepted.RequestType, accepted.IsOptional));
            }
        });

    /// <summary>Rejects JSON content types that the endpoint does not accept. Add it after routing.</summary>
    public static void UseJsonContentTypes(this IApplicationBuilder app) =>
        app.Use(
            (http, next) =>
            {
                if (http.Request.ContentType is null || !MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type))
                {
                    return next(http); // rejected where the body is read
                }

                if (type.Charset is { HasValue: true } charset && charset.AsSpan() is ['"', .., '"'])
                {
                    type.Charset = HeaderUtilities.RemoveQuotes(charset); // RFC 9110, section 5.6.6: quoted and unquoted values are equal
                    http.Request.ContentType = type.ToString();
                }

                return
                    type.Suffix.HasValue
                    && http.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>() is { } accepted
                    && !accepted.ContentTypes.Contains(type.MediaType.ToString(), StringComparer.OrdinalIgnoreCase)
                    ? HttpProblems.UnsupportedMediaType.ToHttp().ExecuteAsync(http)
                    : next(http);
            }
        );

    /// <summary>Lists the accepted content types (RFC 9110, section 15.5.16; RFC 5789, section 2.2).</summary>
    internal static void WriteAccepted(HttpContext http)
    {
        if (http.Response.Headers.AcceptEncoding.Count > 0)
        {
            return; // rejected for its encoding, not its type
        }

        var accepted = http.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes;
        if (HttpMethods.IsPatch(http.Request.Method))
        {
            http.Response.Headers["Accept-Patch"] = string.Join(", ", accepted ?? [Json, MergePatch]);
        }
        else if (accepted is not null)
        {
            http.Response.Headers.Accept = string.Join(", ", accepted);
        }
    }
}

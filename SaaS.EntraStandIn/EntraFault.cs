using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace SaaS.Entra;

/// <summary>A faulty response of Entra or of a proxy in between.</summary>
internal sealed class EntraFault
{
    private readonly Func<HttpContext, DateTimeOffset, RequestDelegate, Task> _answer;

    private EntraFault(Func<HttpContext, DateTimeOffset, RequestDelegate, Task> answer) => _answer = answer;

    /// <summary>An HTML page with status 200 where JSON is expected, as a captive portal sends.</summary>
    public static EntraFault Html { get; } =
        new((http, _, _) => Results.Content("<!DOCTYPE html><title>Sign in to the network</title>", "text/html").ExecuteAsync(http));

    /// <summary>No response: the connection is closed.</summary>
    public static EntraFault ClosedConnection { get; } =
        new(
            (http, _, _) =>
            {
                http.Abort();
                return Task.CompletedTask;
            }
        );

    public static EntraFault Status(int status) =>
        new((http, _, _) => Results.Text("The service is unavailable.", statusCode: status).ExecuteAsync(http));

    public static EntraFault Redirect(Uri address) => new((http, _, _) => Results.Redirect(address.AbsoluteUri).ExecuteAsync(http));

    /// <summary>Responds with well-formed JSON of other content.</summary>
    public static EntraFault Json(JsonNode body, int status = 200) =>
        new((http, _, _) => Results.Json(body, statusCode: status).ExecuteAsync(http));

    /// <summary>
    /// Delays the genuine response until <paramref name="release"/> completes, or drops it when the client has aborted meanwhile.
    /// </summary>
    public static EntraFault HangUntil(Task release) =>
        new(
            async (http, _, next) =>
            {
                await release.WaitAsync(http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (!http.RequestAborted.IsCancellationRequested)
                {
                    await next(http);
                }
            }
        );

    /// <summary>Responds with an error in Entra's format.</summary>
    public static EntraFault Error(EntraError error) =>
        new((http, now, _) => Results.Json(error.ToJson(now), statusCode: error.Status).ExecuteAsync(http));

    /// <summary>Responds with Graph's throttling error: https://learn.microsoft.com/graph/throttling.</summary>
    public static EntraFault TooManyRequests(TimeSpan retryAfter) =>
        new(
            (http, now, _) =>
            {
                http.Response.Headers.RetryAfter = ((int)retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
                return Graph.Error(429, "TooManyRequests", "Too many requests", now).ExecuteAsync(http);
            }
        );

    internal Task ApplyAsync(HttpContext http, DateTimeOffset now, RequestDelegate next) => _answer(http, now, next);
}

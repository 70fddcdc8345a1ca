using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace SaaS.Entra;

/// <summary>An answer that Entra, or whatever stands between it and us, gives on a bad day.</summary>
internal sealed class EntraFault
{
    private readonly Func<HttpContext, DateTimeOffset, RequestDelegate, Task> _answer;

    private EntraFault(Func<HttpContext, DateTimeOffset, RequestDelegate, Task> answer) => _answer = answer;

    /// <summary>A page where JSON was expected, with status 200, as a captive portal answers.</summary>
    public static EntraFault Html { get; } = new((http, _, _) => Results.Content("<!DOCTYPE html><title>Sign in to the network</title>", "text/html").ExecuteAsync(http));

    /// <summary>No answer at all: the connection ends.</summary>
    public static EntraFault ClosedConnection { get; } = new((http, _, _) =>
    {
        http.Abort();
        return Task.CompletedTask;
    });

    public static EntraFault Status(int status) => new((http, _, _) => Results.Text("The service is unavailable.", statusCode: status).ExecuteAsync(http));

    public static EntraFault Redirect(Uri address) => new((http, _, _) => Results.Redirect(address.AbsoluteUri).ExecuteAsync(http));

    /// <summary>An answer that is well-formed and says something else.</summary>
    public static EntraFault Json(JsonNode body, int status = 200) => new((http, _, _) => Results.Json(body, statusCode: status).ExecuteAsync(http));

    /// <summary>Nothing until <paramref name="release"/> is done, then the genuine answer; none to a client that has given up meanwhile.</summary>
    public static EntraFault HangUntil(Task release) => new(async (http, _, next) =>
    {
        await release.WaitAsync(http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!http.RequestAborted.IsCancellationRequested)
        {
            await next(http);
        }
    });

    /// <summary>Any error of Entra's, in its shape.</summary>
    public static EntraFault Error(EntraError error) => new((http, now, _) =>
        Results.Json(error.Body(now), statusCode: error.Status).ExecuteAsync(http));

    /// <summary>Graph's answer to who asks too often: https://learn.microsoft.com/graph/throttling.</summary>
    public static EntraFault TooManyRequests(TimeSpan retryAfter) => new((http, now, _) =>
    {
        http.Response.Headers.RetryAfter = ((int)retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return Graph.Error(429, "TooManyRequests", "Too many requests", now).ExecuteAsync(http);
    });

    internal Task AnswerAsync(HttpContext http, DateTimeOffset now, RequestDelegate next) => _answer(http, now, next);
}

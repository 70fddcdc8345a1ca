using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace SaaS.Core.Http;

/// <summary>Writes a <see cref="Problem"/> as the response. Only this type maps kinds to status codes.</summary>
public sealed class ProblemResult(Problem problem) : IResult
{
    public const string ContentType = "application/problem+json";

    public Problem Problem { get; } = problem;

    public static int GetStatusCode(ProblemKind kind) =>
        kind switch
        {
            ProblemKind.Invalid => StatusCodes.Status400BadRequest,
            ProblemKind.Unauthenticated => StatusCodes.Status401Unauthorized,
            ProblemKind.Forbidden => StatusCodes.Status403Forbidden,
            ProblemKind.NotFound => StatusCodes.Status404NotFound,
            ProblemKind.MethodNotAllowed => StatusCodes.Status405MethodNotAllowed,
            ProblemKind.TooSlow => StatusCodes.Status408RequestTimeout,
            ProblemKind.Conflict => StatusCodes.Status409Conflict,
            ProblemKind.TooLarge => StatusCodes.Status413PayloadTooLarge,
            ProblemKind.UnsupportedMediaType => StatusCodes.Status415UnsupportedMediaType,
            ProblemKind.Unprocessable => StatusCodes.Status422UnprocessableEntity,
            ProblemKind.TooMany => StatusCodes.Status429TooManyRequests,
            ProblemKind.Unexpected => StatusCodes.Status500InternalServerError,
            ProblemKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var status = GetStatusCode(Problem.Kind);
        httpContext.Features.Set(this); // read by SecurityEventMiddleware
        httpContext.Response.StatusCode = status;

        if (Problem.RetryAfter is { } wait)
        {
            httpContext.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        if (status is StatusCodes.Status415UnsupportedMediaType)
        {
            JsonContentTypes.WriteAccepted(httpContext);
        }

        var body = new ProblemBody(
            Type: ProblemPages.GetPath(Problem.Code),
            Title: ProblemPages.ToTitle(Problem.Code),
            Status: status,
            Detail: Problem.Message,
            Instance: httpContext.Request.Path,
            TraceId: Activity.Current?.TraceId.ToHexString() ?? httpContext.TraceIdentifier,
            Success: false,
            Message: Problem.Message,
            Details: Problem.Details,
            Error: new ProblemError(Problem.Code, Problem.Message, Problem.Details)
        );

        return httpContext.Response.WriteAsJsonAsync(body, options: null, ContentType, httpContext.RequestAborted);
    }
}

/// <summary>An error response: RFC 9457 problem details, plus the members that existing clients read.</summary>
/// <param name="Type">The address of the page that explains the problem, relative to the API; one for each code.</param>
/// <param name="Title">The name of the problem.</param>
/// <param name="Status">The status code.</param>
/// <param name="Detail">One sentence for people.</param>
/// <param name="Instance">The path of the request.</param>
/// <param name="TraceId">Identifies the request in traces and logs.</param>
/// <param name="Success">Always false.</param>
/// <param name="Message">The same sentence as <paramref name="Detail"/>.</param>
/// <param name="Details">Field → error messages; the same as in <paramref name="Error"/>.</param>
/// <param name="Error">The error for programs.</param>
public sealed record ProblemBody(
    string Type,
    string Title,
    int Status,
    string Detail,
    string Instance,
    string TraceId,
    bool Success,
    string Message,
    IReadOnlyDictionary<string, string[]>? Details,
    ProblemError Error
);

/// <summary>An error for programs.</summary>
/// <param name="Code">The error code in UPPER_SNAKE; stable.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="Details">Field → error messages; null when no field is invalid.</param>
public sealed record ProblemError(string Code, string Message, IReadOnlyDictionary<string, string[]>? Details);

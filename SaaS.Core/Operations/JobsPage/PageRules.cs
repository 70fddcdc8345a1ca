using Microsoft.AspNetCore.Http;
using SaaS.Core.Access;
using SaaS.Core.Design;
using SaaS.Core.Http;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>Endpoint filters of all pages, on each host that serves them.</summary>
internal static class PageRules
{
    /// <summary>The Content-Security-Policy: only own resources, no inline code, forms to this site only, no framing.</summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Adds the security headers.</summary>
    public static ValueTask<object?> AddSecurityHeaders(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        context.HttpContext.Response.SetSecurityHeaders(Policy);
        return next(context);
    }

    /// <summary>
    /// Prevents cross-site request forgery: unsafe requests must come from a page of this site. All current browsers send the origin of a
    /// request; requests without it are rejected.
    /// </summary>
    public static async ValueTask<object?> RejectCrossSiteRequests(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        return HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || IsSameOrigin(request)
            ? await next(context)
            : TypedResults.Text("Cross-site requests are not allowed.", statusCode: StatusCodes.Status403Forbidden);
    }

    /// <summary>Redirects operators with an initial password to the page that changes it.</summary>
    public static async ValueTask<object?> RequireOwnPassword(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        CurrentUser.Get(context.HttpContext) is { MustChangePassword: true }
            ? TypedResults.LocalRedirect(ChangeOwnPassword.Path)
            : await next(context);

    /// <summary>Shows an error page with status 503 while the database is unavailable.</summary>
    public static async ValueTask<object?> HandleDatabaseUnavailable(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception e) when (IsDatabaseUnavailable(e))
        {
            return await ShowDatabaseUnavailableAsync(context.HttpContext);
        }
    }

    public static bool IsDatabaseUnavailable(Exception failure) =>
        failure is ServiceUnavailableException
        || PostgresFailures.IsServerUnavailable(failure)
        || PostgresFailures.IsConnectionLost(failure);

    public static async Task<IResult> ShowDatabaseUnavailableAsync(HttpContext http)
    {
        http.Response.SetSecurityHeaders(Policy);
        return await http.RequestServices.ShowErrorAsync(
            "Database unavailable",
            "Jobs are delayed until the database is available again.",
            StatusCodes.Status503ServiceUnavailable
        );
    }

    /// <summary>Returns true if a problem is caused by the input, and false if a later attempt may succeed.</summary>
    public static bool IsInputProblem(Problem refusal) => refusal.Kind is not (ProblemKind.TooMany or ProblemKind.Unavailable);

    private static bool IsSameOrigin(HttpRequest request) =>
        request.Headers.TryGetValue("Sec-Fetch-Site", out var site)
            ? site == "same-origin"
            : Uri.TryCreate(request.Headers.Origin, UriKind.Absolute, out var origin) && origin.Authority == request.Host.Value;
}

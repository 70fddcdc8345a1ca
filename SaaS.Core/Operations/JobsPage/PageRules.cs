using Microsoft.AspNetCore.Http;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>What holds for every page here, whichever host shows it.</summary>
internal static class PageRules
{
    /// <summary>Nothing from elsewhere, nothing inline, forms to this site alone, and nobody frames it.</summary>
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Says to the browser what the page may do.</summary>
    public static ValueTask<object?> Protect(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        context.HttpContext.Response.Protect(Policy);
        return next(context);
    }

    /// <summary>
    /// Lets nobody else's page act in the name of whoever is signed in here: what changes something has to come from a page
    /// of this site. Every browser of today says where a request comes from; one that says nothing is refused.
    /// </summary>
    public static async ValueTask<object?> RefuseForeignPages(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        return HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || IsOwn(request)
            ? await next(context)
            : TypedResults.Text("This has to be asked for on the page itself.", statusCode: StatusCodes.Status403Forbidden);
    }

    /// <summary>While somebody else's password is in use, the only page is the one that changes it.</summary>
    public static async ValueTask<object?> WantOwnPassword(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        CurrentUser.Of(context.HttpContext) is { MustChangePassword: true } ? TypedResults.LocalRedirect(ChangeOwnPassword.Path) : await next(context);

    /// <summary>A database that is away is told on the page, with a code that programs understand.</summary>
    public static async ValueTask<object?> TellTrouble(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception e) when (IsDatabaseAway(e))
        {
            return await TellDatabaseAwayAsync(context.HttpContext);
        }
    }

    public static bool IsDatabaseAway(Exception failure) =>
        failure is ServiceUnavailableException || PostgresFailures.IsServerAway(failure) || PostgresFailures.IsConnectionLost(failure);

    public static async Task<IResult> TellDatabaseAwayAsync(HttpContext http)
    {
        http.Response.Protect(Policy);
        return await http.RequestServices.ShowTroubleAsync("The database does not answer", "The jobs wait until it is back.", StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Whether a refusal is about what was typed; otherwise it is about when, and its own status tells.</summary>
    public static bool IsOfForm(Problem refusal) => refusal.Kind is not (ProblemKind.TooMany or ProblemKind.Unavailable);

    private static bool IsOwn(HttpRequest request) =>
        request.Headers.TryGetValue("Sec-Fetch-Site", out var site) ? site == "same-origin"
        : Uri.TryCreate(request.Headers.Origin, UriKind.Absolute, out var origin) && origin.Authority == request.Host.Value;
}

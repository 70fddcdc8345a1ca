using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using SaaS.Core.Access;
using SaaS.Core.Http;

namespace SaaS.Core.Auditing;

/// <summary>Looks at each answer for what was refused, whichever gate or use case refused it, and keeps the client's address for the audit.</summary>
internal sealed class SecurityEventMiddleware(RequestDelegate next, SecurityEvents events)
{
    /// <summary>Recorded where the password is checked.</summary>
    private const string WrongPassword = "WRONG_PASSWORD";

    private const string TooManyRequests = "TOO_MANY_REQUESTS";
    private const string InvalidToken = "INVALID_TOKEN";

    public async Task InvokeAsync(HttpContext http)
    {
        AuditOrigin.Remember(http);
        var endpoint = http.GetEndpoint() as RouteEndpoint; // a later middleware may put another one in its place
        await next(http);
        if (http.Response.StatusCode is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden or StatusCodes.Status404NotFound or StatusCodes.Status429TooManyRequests)
        {
            Record(http, endpoint);
        }
    }

    private void Record(HttpContext http, RouteEndpoint? endpoint)
    {
        var problem = http.Features.Get<ProblemResult>()?.Problem;
        var code = problem?.Code ?? HttpProblems.OfStatus(http.Response.StatusCode).Code;
        var route = endpoint is null ? null : $"{http.Request.Method} /{endpoint.RoutePattern.RawText?.TrimStart('/')}";
        switch (http.Response.StatusCode)
        {
            case StatusCodes.Status429TooManyRequests when endpoint?.Metadata.GetMetadata<RateLimitMetadata>() is { Class: RateClass.SignIn or RateClass.Registration } && problem?.Code == TooManyRequests:
                events.AddressRateLimited(code);
                break;
            case StatusCodes.Status401Unauthorized when http.Request.Headers.ContainsKey(HeaderNames.Authorization) || code == InvalidToken:
                events.TokenRejected(route, code);
                break;
            case StatusCodes.Status403Forbidden or StatusCodes.Status404NotFound when route is not null && CurrentUser.Of(http) is { } currentUser && IsRefusedAccess(http, endpoint!, problem):
                events.AccessRefused(currentUser.UserId, TenantIdOf(http), route, code);
                break;
        }
    }

    // A stranger is told that there is no such tenant: of all that is not found, that alone is refused access.
    private static bool IsRefusedAccess(HttpContext http, RouteEndpoint endpoint, Problem? problem) =>
        http.Response.StatusCode == StatusCodes.Status403Forbidden
            ? endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null && problem?.Code != WrongPassword
            : endpoint.Metadata.GetMetadata<RequiredTenantRole>() is not null && problem == TenantRoutes.TenantNotFound;

    private static Guid? TenantIdOf(HttpContext http) => Guid.TryParse(http.GetRouteValue(TenantRoutes.TenantId)?.ToString(), out var id) ? id : null;
}

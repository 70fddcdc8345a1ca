using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using SaaS.Core.Access;
using SaaS.Core.Http;

namespace SaaS.Core.Auditing;

/// <summary>Records denied requests by their response status, and stores the client's address for the audit.</summary>
internal sealed class SecurityEventMiddleware(RequestDelegate next, SecurityEvents events)
{
    /// <summary>Excluded here, because it is recorded where the password is verified.</summary>
    private const string WrongPassword = "WRONG_PASSWORD";

    private const string TooManyRequests = "TOO_MANY_REQUESTS";
    private const string InvalidToken = "INVALID_TOKEN";

    public async Task InvokeAsync(HttpContext http)
    {
        AuditOrigin.StoreAddress(http);
        var endpoint = http.GetEndpoint() as RouteEndpoint; // a later middleware may replace the endpoint
        await next(http);
        if (
            http.Response.StatusCode
            is StatusCodes.Status401Unauthorized
                or StatusCodes.Status403Forbidden
                or StatusCodes.Status404NotFound
                or StatusCodes.Status429TooManyRequests
        )
        {
            Record(http, endpoint);
        }
    }

    private void Record(HttpContext http, RouteEndpoint? endpoint)
    {
        var problem = http.Features.Get<ProblemResult>()?.Problem;
        var code = problem?.Code ?? HttpProblems.FromStatusCode(http.Response.StatusCode).Code;
        var route = endpoint is null ? null : $"{http.Request.Method} /{endpoint.RoutePattern.RawText?.TrimStart('/')}";
        switch (http.Response.StatusCode)
        {
            case StatusCodes.Status429TooManyRequests
                when endpoint?.Metadata.GetMetadata<RateLimitMetadata>() is { Class: RateLimitClass.SignIn or RateLimitClass.Registration }
                    && problem?.Code == TooManyRequests:
                events.RecordRateLimitedAddress(code);
                break;
            case StatusCodes.Status401Unauthorized when HasCredential(http.Request.Headers) || code == InvalidToken:
                events.RecordRejectedToken(route, code);
                break;
            case StatusCodes.Status403Forbidden
            or StatusCodes.Status404NotFound
                when route is not null && Principal.Get(http) is { } principal && IsRefusedAccess(http, endpoint!, problem):
                events.RecordDeniedAccess(principal.Actor, TenantIdOf(http), route, code);
                break;
        }
    }

    // Users who are not members get 404 for the tenant, so of all 404 responses only this one counts as denied access.
    private static bool IsRefusedAccess(HttpContext http, RouteEndpoint endpoint, Problem? problem) =>
        http.Response.StatusCode == StatusCodes.Status403Forbidden
            ? endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null && problem?.Code != WrongPassword
            : endpoint.Metadata.GetMetadata<RequiredTenantRole>() is not null && problem == TenantRoutes.TenantNotFound;

    private static bool HasCredential(IHeaderDictionary headers) =>
        headers.ContainsKey(HeaderNames.Authorization) || headers.ContainsKey(CurrentServiceAccount.KeyHeader);

    private static Guid? TenantIdOf(HttpContext http) =>
        Guid.TryParse(http.GetRouteValue(TenantRoutes.TenantId)?.ToString(), out var id) ? id : null;
}

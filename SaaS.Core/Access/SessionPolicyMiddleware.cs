using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;

namespace SaaS.Core.Access;

/// <summary>
/// Enforces the policies that depend on the session only: a required password change, routes for administrators of the platform, and
/// tenant-bound sessions. It needs no query, because authentication has already loaded the session.
/// </summary>
internal sealed class SessionPolicyMiddleware(RequestDelegate next)
{
    public static readonly Problem PasswordChangeRequired = new(
        ProblemKind.Forbidden,
        "PASSWORD_CHANGE_REQUIRED",
        "Change your password first: PUT /api/users/me/password"
    );
    public static readonly Problem PasswordSignInRequired = new(
        ProblemKind.Forbidden,
        "PASSWORD_SIGN_IN_REQUIRED",
        "This sign-in is good for one tenant only; what concerns the whole account needs a sign-in with its password"
    );

    public Task InvokeAsync(HttpContext http)
    {
        // Only for our routes: the endpoints of 405 and 415 responses are not RouteEndpoints and need no policy.
        var problem =
            http.GetEndpoint() is RouteEndpoint endpoint && CurrentUser.Get(http) is { } currentUser
                ? CheckSession(endpoint.Metadata, currentUser)
                : null;
        return problem is null ? next(http) : problem.ToHttp().ExecuteAsync(http);
    }

    /// <summary>Lists the problems that this middleware can return on a route.</summary>
    public static IEnumerable<Problem> ProblemsOf(RouteEndpointBuilder route)
    {
        var metadata = new EndpointMetadataCollection(route.Metadata);
        return AllowsAnonymous(metadata)
            ? []
            :
            [
                HttpProblems.Unauthenticated,
                .. metadata.GetMetadata<AllowBeforePasswordChange>() is null ? [PasswordChangeRequired] : Array.Empty<Problem>(),
                .. metadata.GetMetadata<RequiredPlatformAdmin>() is not null ? [PlatformRoutes.PlatformAdminsOnly] : Array.Empty<Problem>(),
                .. AllowsTenantBoundSession(metadata) ? Array.Empty<Problem>() : [PasswordSignInRequired],
            ];
    }

    /// <summary>Returns true when a route allows anonymous requests.</summary>
    public static bool AllowsAnonymous(EndpointMetadataCollection metadata) => metadata.GetMetadata<IAllowAnonymous>() is not null;

    // Anonymous routes ignore a token that is sent along.
    private static Problem? CheckSession(EndpointMetadataCollection metadata, CurrentUser currentUser) =>
        AllowsAnonymous(metadata) ? null
        : currentUser.MustChangePassword && metadata.GetMetadata<AllowBeforePasswordChange>() is null ? PasswordChangeRequired
        : !currentUser.IsPlatformAdmin && metadata.GetMetadata<RequiredPlatformAdmin>() is not null ? PlatformRoutes.PlatformAdminsOnly
        : currentUser.RestrictedToTenantId is not null && !AllowsTenantBoundSession(metadata) ? PasswordSignInRequired
        : null;

    // The routes of a tenant are checked by TenantAuthorizationMiddleware.
    private static bool AllowsTenantBoundSession(EndpointMetadataCollection metadata) =>
        metadata.GetMetadata<RequiredTenantRole>() is not null || metadata.GetMetadata<AllowTenantBoundSession>() is not null;
}

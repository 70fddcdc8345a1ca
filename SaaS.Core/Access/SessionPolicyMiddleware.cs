using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;

namespace SaaS.Core.Access;

/// <summary>
/// What depends on the caller alone, before anything is looked at: a password that has to be changed first, routes for
/// operators, and sessions that a tenant's identity provider has vouched for, which are good for that tenant and nothing
/// else. It asks no database: the check of the session has already told.
/// </summary>
internal sealed class SessionPolicyMiddleware(RequestDelegate next)
{
    public static readonly Problem PasswordChangeRequired = new(ProblemKind.Forbidden, "PASSWORD_CHANGE_REQUIRED", "Change your password first: PUT /api/users/me/password");
    public static readonly Problem PasswordSignInRequired = new(ProblemKind.Forbidden, "PASSWORD_SIGN_IN_REQUIRED", "This sign-in is good for one tenant only; what concerns the whole account needs a sign-in with its password");

    public Task InvokeAsync(HttpContext http)
    {
        // Only what is a route of ours: that there is none for this verb or content type is told to everybody.
        var refusal = http.GetEndpoint() is RouteEndpoint endpoint && CurrentUser.Of(http) is { } currentUser ? FindRefusal(endpoint.Metadata, currentUser) : null;
        return refusal is null ? next(http) : refusal.ToHttp().ExecuteAsync(http);
    }

    /// <summary>What this gate says on a route, to whomever it may concern.</summary>
    public static IEnumerable<Problem> ProblemsOf(RouteEndpointBuilder route)
    {
        var marks = new EndpointMetadataCollection(route.Metadata);
        return IsAnonymous(marks)
            ? []
            :
            [
                HttpProblems.Unauthenticated,
                .. marks.GetMetadata<AllowBeforePasswordChange>() is null ? [PasswordChangeRequired] : Array.Empty<Problem>(),
                .. marks.GetMetadata<RequiredPlatformAdmin>() is not null ? [PlatformRoutes.PlatformAdminsOnly] : Array.Empty<Problem>(),
                .. AllowsTenantBoundSession(marks) ? Array.Empty<Problem>() : [PasswordSignInRequired],
            ];
    }

    /// <summary>Whether a route serves anybody, so that no caller decides.</summary>
    public static bool IsAnonymous(EndpointMetadataCollection marks) => marks.GetMetadata<IAllowAnonymous>() is not null;

    // Routes that serve anybody ask for no caller: whose token is sent along there is no matter.
    private static Problem? FindRefusal(EndpointMetadataCollection marks, CurrentUser currentUser) =>
        IsAnonymous(marks) ? null
        : currentUser.MustChangePassword && marks.GetMetadata<AllowBeforePasswordChange>() is null ? PasswordChangeRequired
        : !currentUser.IsPlatformAdmin && marks.GetMetadata<RequiredPlatformAdmin>() is not null ? PlatformRoutes.PlatformAdminsOnly
        : currentUser.RestrictedToTenantId is not null && !AllowsTenantBoundSession(marks) ? PasswordSignInRequired
        : null;

    // Routes of a tenant have a gate of their own.
    private static bool AllowsTenantBoundSession(EndpointMetadataCollection marks) =>
        marks.GetMetadata<RequiredTenantRole>() is not null || marks.GetMetadata<AllowTenantBoundSession>() is not null;
}

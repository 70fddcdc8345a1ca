using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;

namespace SaaS.Core.Access;

/// <summary>Endpoint metadata: requires an administrator of the platform.</summary>
internal sealed record RequiredPlatformAdmin;

/// <summary>Endpoint metadata: allows a user who has to change their password first.</summary>
internal sealed record AllowBeforePasswordChange;

/// <summary>
/// Endpoint metadata: allows a tenant-bound session on a route outside of tenants, which returns data of that tenant or of the current
/// user only.
/// </summary>
internal sealed record AllowTenantBoundSession;

internal static class PlatformRoutes
{
    public static readonly Problem PlatformAdminsOnly = new(
        ProblemKind.Forbidden,
        "FORBIDDEN",
        "Only administrators of the platform may do this"
    );

    /// <summary>Maps routes for administrators of the platform. Other users get 403, because the routes are not secret.</summary>
    public static RouteGroupBuilder MapPlatformGroup(this IEndpointRouteBuilder routes, string prefix) =>
        routes.MapGroup(prefix).WithMetadata(new RequiredPlatformAdmin());

    public static RouteHandlerBuilder AllowBeforePasswordChange(this RouteHandlerBuilder route) =>
        route.WithMetadata(new AllowBeforePasswordChange());

    public static RouteHandlerBuilder AllowTenantBoundSession(this RouteHandlerBuilder route) =>
        route.WithMetadata(new AllowTenantBoundSession());
}

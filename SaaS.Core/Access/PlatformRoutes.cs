using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;

namespace SaaS.Core.Access;

/// <summary>The mark that the gate enforces: only who operates the platform may come in.</summary>
internal sealed record RequiredPlatformAdmin;

/// <summary>The mark of the few routes that serve a caller who has to choose another password first.</summary>
internal sealed record AllowBeforePasswordChange;

/// <summary>The mark of routes outside of any tenant that serve a session which is confined to one: what they show is of that tenant, or of the caller alone.</summary>
internal sealed record AllowTenantBoundSession;

internal static class PlatformRoutes
{
    public static readonly Problem PlatformAdminsOnly = new(ProblemKind.Forbidden, "FORBIDDEN", "Only administrators of the platform may do this");

    /// <summary>A group of routes for operators. That they exist is no secret, so everybody else gets 403.</summary>
    public static RouteGroupBuilder MapPlatformGroup(this IEndpointRouteBuilder routes, string prefix) =>
        routes.MapGroup(prefix).WithMetadata(new RequiredPlatformAdmin());

    public static RouteHandlerBuilder AllowBeforePasswordChange(this RouteHandlerBuilder route) =>
        route.WithMetadata(new AllowBeforePasswordChange());

    public static RouteHandlerBuilder AllowTenantBoundSession(this RouteHandlerBuilder route) =>
        route.WithMetadata(new AllowTenantBoundSession());
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;

namespace SaaS.Core.Access;

/// <summary>The mark that the gate enforces: which role a caller needs at least.</summary>
internal sealed record RequiredTenantRole(TenantRole Role);

/// <summary>The mark of a route that an admin needs while the tenant is deleted.</summary>
internal sealed record AllowDeletedTenant;

internal static class TenantRoutes
{
    /// <summary>The name of the tenant's id in every route.</summary>
    public const string TenantId = "tenantId";

    public static readonly Problem TenantNotFound = new(ProblemKind.NotFound, "NOT_FOUND", "Tenant not found");
    public static readonly Problem RoleTooLow = new(ProblemKind.Forbidden, "FORBIDDEN", "Your role in this tenant does not allow this");
    public static readonly Problem SsoRequired = new(ProblemKind.Forbidden, "SSO_REQUIRED", "This tenant is entered through its identity provider only: sign in with single sign-on");
    public static readonly Problem SsoNotAdmitted = new(ProblemKind.Forbidden, "SSO_NOT_ADMITTED", "This tenant does not admit single sign-on any more: sign in with your password");
    public static readonly Problem Migrating = new(ProblemKind.Unavailable, "TENANT_MIGRATING", "This tenant is being upgraded at this moment; try again shortly") { RetryAfter = TimeSpan.FromSeconds(5) };
    public static readonly Problem Outdated = new(ProblemKind.Unavailable, "TENANT_SCHEMA_OUTDATED", "This tenant waits for an upgrade; try again later") { RetryAfter = TimeSpan.FromSeconds(30) };
    public static readonly Problem SessionOfOtherTenant = new(ProblemKind.Forbidden, "SESSION_OF_OTHER_TENANT", "This sign-in is good for another tenant only");

    /// <summary>
    /// A group of routes inside one tenant: any member may read, and whoever is not a member is told that there is no
    /// such tenant. A route that changes something asks for more with <see cref="RequireTenantRole"/>.
    /// </summary>
    public static RouteGroupBuilder MapTenantGroup(this IEndpointRouteBuilder routes, string prefix) =>
        routes.MapGroup(prefix)
            .WithMetadata(new RequiredTenantRole(TenantRole.Viewer))
            .AddEndpointFilter(CloseBeforeAnswering)
            .ProducesProblem(TenantNotFound, SsoRequired, SsoNotAdmitted, SessionOfOtherTenant, Migrating, Outdated, HttpProblems.TenantsBusy);

    // The answer is made by then, and sent afterwards: a caller who reads slowly holds no place that other tenants wait for.
    private static async ValueTask<object?> CloseBeforeAnswering(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        finally
        {
            if (context.HttpContext.Features.Get<OpenDatabase>() is { } database)
            {
                await database.DisposeAsync();
            }
        }
    }

    public static RouteHandlerBuilder AllowDeletedTenant(this RouteHandlerBuilder route) =>
        route.WithMetadata(new AllowDeletedTenant());

    public static RouteHandlerBuilder RequireTenantRole(this RouteHandlerBuilder route, TenantRole role) =>
        route.WithMetadata(new RequiredTenantRole(role)).ProducesProblem(RoleTooLow);
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;

namespace SaaS.Core.Access;

/// <summary>Endpoint metadata: requires at least this role in the tenant.</summary>
internal sealed record RequiredTenantRole(TenantRole Role);

/// <summary>Endpoint metadata: allows access to a deleted tenant.</summary>
internal sealed record AllowDeletedTenant;

internal static class TenantRoutes
{
    /// <summary>The route parameter of the tenant's id.</summary>
    public const string TenantId = "tenantId";

    public static readonly Problem TenantNotFound = new(ProblemKind.NotFound, "NOT_FOUND", "Tenant not found");
    public static readonly Problem InsufficientRole = new(
        ProblemKind.Forbidden,
        "FORBIDDEN",
        "Your role in this tenant does not allow this"
    );
    public static readonly Problem Closed = new(
        ProblemKind.Forbidden,
        "TENANT_SUSPENDED",
        "This tenant is closed by the operators of the platform, who told its admins why"
    );
    public static readonly Problem ReadOnly = new(
        ProblemKind.Forbidden,
        "TENANT_READ_ONLY",
        "This tenant can be read only at the moment, by order of the operators of the platform, who told its admins why"
    );
    public static readonly Problem SsoRequired = new(
        ProblemKind.Forbidden,
        "SSO_REQUIRED",
        "This tenant is entered through its identity provider only: sign in with single sign-on"
    );
    public static readonly Problem SsoNotAdmitted = new(
        ProblemKind.Forbidden,
        "SSO_NOT_ADMITTED",
        "This tenant does not admit single sign-on any more: sign in with your password"
    );
    public static readonly Problem SecondFactorRequired = new(
        ProblemKind.Forbidden,
        "SECOND_FACTOR_REQUIRED",
        "This tenant demands a second factor: add one to your account, or sign in with it"
    );
    public static readonly Problem Migrating = new(
        ProblemKind.Unavailable,
        "TENANT_MIGRATING",
        "This tenant is being upgraded at this moment; try again shortly"
    )
    {
        RetryAfter = TimeSpan.FromSeconds(5),
    };
    public static readonly Problem Outdated = new(
        ProblemKind.Unavailable,
        "TENANT_SCHEMA_OUTDATED",
        "This tenant waits for an upgrade; try again later"
    )
    {
        RetryAfter = TimeSpan.FromSeconds(30),
    };
    public static readonly Problem SessionOfOtherTenant = new(
        ProblemKind.Forbidden,
        "SESSION_OF_OTHER_TENANT",
        "This sign-in is good for another tenant only"
    );

    /// <summary>
    /// Maps a group of routes of one tenant, which any member may read; other users get 404. A route that changes data requires a higher
    /// role with <see cref="RequireTenantRole"/>.
    /// </summary>
    public static RouteGroupBuilder MapTenantGroup(this IEndpointRouteBuilder routes, string prefix) =>
        routes
            .MapGroup(prefix)
            .WithMetadata(new RequiredTenantRole(TenantRole.Viewer))
            .AddEndpointFilter(CloseDatabaseAsync)
            .ProducesProblem(
                TenantNotFound,
                Closed,
                ReadOnly,
                SsoRequired,
                SsoNotAdmitted,
                SessionOfOtherTenant,
                SecondFactorRequired,
                Migrating,
                Outdated,
                HttpProblems.TenantsBusy
            );

    // Returns the connection before the response is sent, so that a slow client does not keep it from other tenants.
    private static async ValueTask<object?> CloseDatabaseAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
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

    public static RouteHandlerBuilder AllowDeletedTenant(this RouteHandlerBuilder route) => route.WithMetadata(new AllowDeletedTenant());

    public static RouteHandlerBuilder RequireTenantRole(this RouteHandlerBuilder route, TenantRole role) =>
        route.WithMetadata(new RequiredTenantRole(role)).ProducesProblem(InsufficientRole);
}

/// <summary>
/// The tenant's database that a request holds open. It is disposed before the response is sent and, for requests without a response,
/// at the end of the request; only the first call counts, because another request may use the context by then.
/// </summary>
internal sealed class OpenDatabase(DbContext database) : IAsyncDisposable
{
    private int _closed;

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _closed, 1) == 0 ? database.DisposeAsync() : ValueTask.CompletedTask;
}

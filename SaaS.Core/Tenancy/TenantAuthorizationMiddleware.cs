using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Core.SchemaMigration;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Members;
using SaaS.Infrastructure.Diagnostics;

namespace SaaS.Core.Tenancy;

/// <summary>
/// Authorizes each request to a tenant's data by the endpoint metadata, the tenant's id in the path and the user's membership, and
/// stores a <see cref="TenantScope"/>. A user who is not a member gets 404, so that the existence of the tenant is not disclosed.
/// </summary>
internal sealed class TenantAuthorizationMiddleware(RequestDelegate next)
{
    // Compiled, because it runs for every request to a tenant.
    private static readonly Func<ControlDbContext, Guid, Guid, bool, CancellationToken, Task<TenantMatch?>> FindMatchAsync =
        EF.CompileAsyncQuery(
            (ControlDbContext db, Guid tenantId, Guid userId, bool allowsDeleted, CancellationToken ct) =>
                db.Set<Membership>()
                    .Where(membership => membership.TenantId == tenantId && membership.UserId == userId)
                    .Join(
                        db.Set<Tenant>()
                            .Where(tenant => tenant.State == TenantState.Active || (allowsDeleted && tenant.State == TenantState.Deleted)),
                        membership => membership.TenantId,
                        tenant => tenant.Id,
                        (membership, tenant) =>
                            new TenantMatch(
                                membership.Role,
                                tenant.AuthMethod,
                                tenant.MfaRequiredFrom,
                                tenant.Suspension,
                                tenant.SchemaVersion,
                                tenant.Quotas.MaxRequestsPerMinute,
                                new TenantDatabase(tenant.DatabaseName, tenant.DatabaseRole, tenant.EncryptedDatabasePassword)
                            )
                    )
                    .SingleOrDefault()
        );

    public async Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata is { } metadata && metadata.GetMetadata<RequiredTenantRole>() is { } requiredRole)
        {
            var result = await AuthorizeAsync(
                http,
                requiredRole.Role,
                allowsDeleted: metadata.GetMetadata<AllowDeletedTenant>() is not null
            );
            if (!result.TryGetValue(out var scope, out var problem))
            {
                await problem.ToHttp().ExecuteAsync(http);
                return;
            }

            Activity.Current?.SetTag(SaaSDiagnostics.TenantId, scope.TenantId.ToString());
            http.Features.Set(scope);
        }

        await next(http);
    }

    /// <summary>Authorizes a user by their current membership, regardless of their sign-in method.</summary>
    public static Task<Result<TenantScope>> AuthorizeAsync(
        ControlDbContext db,
        Guid tenantId,
        Guid userId,
        TenantRole requiredRole,
        CancellationToken ct
    ) => AuthorizeAsync(db, tenantId, userId, http: null, requiredRole, allowsDeleted: false, ct);

    private static async Task<Result<TenantScope>> AuthorizeAsync(
        ControlDbContext db,
        Guid tenantId,
        Guid userId,
        HttpContext? http,
        TenantRole requiredRole,
        bool allowsDeleted,
        CancellationToken ct
    )
    {
        if (await FindMatchAsync(db, tenantId, userId, allowsDeleted, ct) is not { } match)
        {
            return TenantRoutes.TenantNotFound;
        }

        if (
            http is not null
            && CurrentUser.Get(http) is { } currentUser
            && CheckSession(currentUser, tenantId, match.AuthMethod, match.MfaRequiredFrom, db.Clock.GetUtcNow()) is { } problem
        )
        {
            return problem;
        }

        if (CheckSuspension(match.Suspension, isChange: http is not null && !IsSafe(http.Request.Method)) is { } suspended)
        {
            return suspended;
        }

        if (!match.Role.Includes(requiredRole))
        {
            return TenantRoutes.InsufficientRole;
        }

        if (match.SchemaVersion != SchemaVersions.Tenant)
        {
            return await IsBeingMigratedAsync(db, match, ct) ? TenantRoutes.Migrating : TenantRoutes.Outdated;
        }

        var access = http is null ? null : RequestAccess.Store(http, new TenantAccess(tenantId, match.Role, allowsDeleted));
        return TenantScope.Grant(tenantId, Actor.User(userId), match.Role, match.Database, match.RequestsPerMinute, access);
    }

    private static async Task<Result<TenantScope>> AuthorizeAsync(HttpContext http, TenantRole requiredRole, bool allowsDeleted)
    {
        if (CurrentUser.Get(http) is not { } currentUser)
        {
            return HttpProblems.Unauthenticated;
        }

        return Guid.TryParse(http.GetRouteValue(TenantRoutes.TenantId)?.ToString(), out var tenantId)
            ? await AuthorizeAsync(
                http.RequestServices.GetRequiredService<ControlDbContext>(),
                tenantId,
                currentUser.UserId,
                http,
                requiredRole,
                allowsDeleted,
                http.RequestAborted
            )
            : TenantRoutes.TenantNotFound;
    }

    /// <summary>Checks the session against the tenant's sign-in methods and its demand for a second factor.</summary>
    /// <remarks>Only members may see its result, so that the sign-in methods are not disclosed.</remarks>
    public static Problem? CheckSession(
        CurrentUser currentUser,
        Guid tenantId,
        AuthMethod method,
        DateTimeOffset? mfaRequiredFrom,
        DateTimeOffset now
    ) =>
        currentUser.RestrictedToTenantId is { } only && only != tenantId ? TenantRoutes.SessionOfOtherTenant
        : method.Allows(currentUser.Method)
            ? mfaRequiredFrom <= now && !currentUser.ProvedSecondFactor ? TenantRoutes.SecondFactorRequired
                : null
        : currentUser.Method is SignInMethod.Password ? TenantRoutes.SsoRequired
        : TenantRoutes.SsoNotAdmitted;

    /// <summary>Checks what operators have taken from the members; only members see its result.</summary>
    public static Problem? CheckSuspension(TenantSuspension suspension, bool isChange) =>
        suspension switch
        {
            TenantSuspension.Closed => TenantRoutes.Closed,
            TenantSuspension.ReadOnly when isChange => TenantRoutes.ReadOnly,
            _ => null,
        };

    private static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    // Queried only for a tenant that is unavailable anyway, so that it costs other requests nothing.
    private static async Task<bool> IsBeingMigratedAsync(ControlDbContext db, TenantMatch match, CancellationToken ct) =>
        string.CompareOrdinal(match.SchemaVersion, SchemaVersions.Tenant) < 0
        && await MigrationLock.MigratingDatabases(db).AnyAsync(database => database == match.Database.Name, ct);

    private sealed record TenantMatch(
        TenantRole Role,
        AuthMethod AuthMethod,
        DateTimeOffset? MfaRequiredFrom,
        TenantSuspension Suspension,
        string SchemaVersion,
        int? RequestsPerMinute,
        TenantDatabase Database
    );
}

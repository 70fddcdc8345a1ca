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
using SaaS.Core.Tenancy.ServiceAccounts;
using SaaS.Infrastructure.Diagnostics;

namespace SaaS.Core.Tenancy;

/// <summary>
/// Authorizes each request to a tenant's data by the endpoint metadata, the tenant's id in the path and the user's membership or
/// the API key, and stores a <see cref="TenantScope"/>. A user who is not a member gets 404, so that the existence of the tenant is not disclosed.
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

        return await GrantAsync(
            db,
            Actor.User(userId),
            match,
            new TenantAccess(tenantId, match.Role, allowsDeleted),
            http,
            requiredRole,
            ct
        );
    }

    private static async Task<Result<TenantScope>> GrantAsync(
        ControlDbContext db,
        Actor actor,
        TenantMatch match,
        TenantAccess granted,
        HttpContext? http,
        TenantRole requiredRole,
        CancellationToken ct
    )
    {
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

        var access = http is null ? null : RequestAccess.Store(http, granted);
        return TenantScope.Grant(granted.TenantId, actor, granted.Role, match.Database, match.RequestsPerMinute, access);
    }

    private static async Task<Result<TenantScope>> AuthorizeAsync(HttpContext http, TenantRole requiredRole, bool allowsDeleted)
    {
        if (Principal.Get(http) is not { } principal)
        {
            return HttpProblems.Unauthenticated;
        }

        if (!Guid.TryParse(http.GetRouteValue(TenantRoutes.TenantId)?.ToString(), out var tenantId))
        {
            return TenantRoutes.TenantNotFound;
        }

        var db = http.RequestServices.GetRequiredService<ControlDbContext>();
        var ct = http.RequestAborted;
        if (principal is not CurrentServiceAccount account)
        {
            return await AuthorizeAsync(db, tenantId, principal.Id, http, requiredRole, allowsDeleted, ct);
        }

        var granted = new TenantAccess(tenantId, requiredRole, allowsDeleted);
        var found = await http.RequestServices.GetRequiredService<ApiKeyAccess>().FindAsync(db, account, granted, ct);
        return !found.TryGetValue(out var match, out var problem)
            ? problem
            : await GrantAsync(db, account.Actor, match, granted with { Role = match.Role }, http, requiredRole, ct);
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

    internal sealed record TenantMatch(
        TenantRole Role,
        AuthMethod AuthMethod,
        DateTimeOffset? MfaRequiredFrom,
        TenantSuspension Suspension,
        string SchemaVersion,
        int? RequestsPerMinute,
        TenantDatabase Database
    );
}

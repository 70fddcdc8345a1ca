using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Core.SchemaMigration;
using SaaS.Infrastructure.Diagnostics;

namespace SaaS.Core.Tenancy;

/// <summary>
/// The only way from a request into a tenant. It reads the mark of the route, the tenant's id in it and the caller's
/// membership, at every request, and leaves a <see cref="TenantScope"/>. A stranger is told that there is no such tenant:
/// even that it exists is nobody else's business.
/// </summary>
internal sealed class TenantAuthorizationMiddleware(RequestDelegate next)
{
    // Asked at every request into a tenant: kept compiled.
    private static readonly Func<ControlDbContext, Guid, Guid, bool, CancellationToken, Task<Found?>> Find = EF.CompileAsyncQuery(
        (ControlDbContext db, Guid tenantId, Guid userId, bool servesDeleted, CancellationToken ct) => db.Memberships
            .Where(membership => membership.TenantId == tenantId && membership.UserId == userId)
            .Join(
                db.Tenants.Where(tenant => tenant.State == TenantState.Active || (servesDeleted && tenant.State == TenantState.Deleted)),
                membership => membership.TenantId,
                tenant => tenant.Id,
                (membership, tenant) => new Found(membership.Role, tenant.AuthMethod, tenant.SchemaVersion, tenant.Quotas.MaxRequestsPerMinute, new TenantDatabase(tenant.DatabaseName, tenant.DatabaseRole, tenant.SealedDatabasePassword)))
            .SingleOrDefault());

    public async Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata is { } marks && marks.GetMetadata<RequiredTenantRole>() is { } needed)
        {
            var entered = await EnterAsync(http, needed.Role, servesDeleted: marks.GetMetadata<AllowDeletedTenant>() is not null);
            if (!entered.TryGetValue(out var scope, out var refusal))
            {
                await refusal.ToHttp().ExecuteAsync(http);
                return;
            }

            Activity.Current?.SetTag(SaaSDiagnostics.TenantId, scope.TenantId.ToString()); // what the request does from here on is told with it
            http.Features.Set(scope);
        }

        await next(http);
    }

    /// <summary>Lets a person in as far as their membership allows at this moment, whatever they may have signed in with.</summary>
    public static Task<Result<TenantScope>> EnterAsync(ControlDbContext db, Guid tenantId, Guid userId, TenantRole needed, CancellationToken ct) =>
        EnterAsync(db, tenantId, userId, http: null, needed, servesDeleted: false, ct);

    private static async Task<Result<TenantScope>> EnterAsync(ControlDbContext db, Guid tenantId, Guid userId, HttpContext? http, TenantRole needed, bool servesDeleted, CancellationToken ct)
    {
        if (await Find(db, tenantId, userId, servesDeleted, ct) is not { } found)
        {
            return TenantRoutes.TenantNotFound;
        }

        if (http is not null && CurrentUser.Of(http) is { } currentUser && FindRefusal(currentUser, tenantId, found.AuthMethod) is { } refusal)
        {
            return refusal;
        }

        if (!found.Role.Includes(needed))
        {
            return TenantRoutes.RoleTooLow;
        }

        if (found.SchemaVersion != SchemaVersions.Tenant)
        {
            return await IsBeingMigratedAsync(db, found, ct) ? TenantRoutes.Migrating : TenantRoutes.Outdated;
        }

        var access = http is null ? null : RequestAccess.Remember(http, new TenantAccess(tenantId, found.Role, servesDeleted));
        return TenantScope.Grant(tenantId, Actor.User(userId), found.Role, found.Database, found.RequestsPerMinute, access);
    }

    private static async Task<Result<TenantScope>> EnterAsync(HttpContext http, TenantRole needed, bool servesDeleted)
    {
        if (CurrentUser.Of(http) is not { } currentUser)
        {
            return HttpProblems.Unauthenticated;
        }

        return Guid.TryParse(http.GetRouteValue(TenantRoutes.TenantId)?.ToString(), out var tenantId)
            ? await EnterAsync(http.RequestServices.GetRequiredService<ControlDbContext>(), tenantId, currentUser.UserId, http, needed, servesDeleted, http.RequestAborted) // only now: most routes are in no tenant
            : TenantRoutes.TenantNotFound;
    }

    /// <summary>Checks the session against the tenant's ways of signing in. Told to members alone: how a tenant signs in is nobody else's business.</summary>
    public static Problem? FindRefusal(CurrentUser currentUser, Guid tenantId, AuthMethod method) =>
        currentUser.RestrictedToTenantId is { } only && only != tenantId ? TenantRoutes.SessionOfOtherTenant
        : method.Admits(currentUser.Method) ? null
        : currentUser.Method is SignInMethod.Password ? TenantRoutes.SsoRequired
        : TenantRoutes.SsoNotAdmitted;

    // Asked only about a tenant that is refused anyway: whoever is served pays for none of this.
    private static async Task<bool> IsBeingMigratedAsync(ControlDbContext db, Found found, CancellationToken ct) =>
        string.CompareOrdinal(found.SchemaVersion, SchemaVersions.Tenant) < 0
        && await MigrationLock.UnderWay(db).AnyAsync(database => database == found.Database.Name, ct);

    private sealed record Found(TenantRole Role, AuthMethod AuthMethod, string SchemaVersion, int? RequestsPerMinute, TenantDatabase Database);
}

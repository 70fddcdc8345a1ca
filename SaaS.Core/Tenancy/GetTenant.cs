using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Tenancy;

/// <summary>A tenant with its members, quotas and usage.</summary>
/// <param name="Id">The tenant's id.</param>
/// <param name="Name">1 to 255 characters.</param>
/// <param name="DatabaseName">The name of its database; never changes.</param>
/// <param name="IsActive">True unless the tenant is deleted.</param>
/// <param name="AuthMethod">The sign-in methods of its members: local, sso or both.</param>
/// <param name="Role">The role of the caller: admin, user or viewer.</param>
/// <param name="JoinedAt">The time at which the caller became a member (UTC).</param>
/// <param name="CreatedBy">The id of the account that created it.</param>
/// <param name="CreatedAt">The time of its creation (UTC).</param>
/// <param name="UpdatedAt">The time of its last change (UTC).</param>
/// <param name="DeletedAt">The time of its deletion (UTC); null while it is active.</param>
/// <param name="Members">The first 100 members with an active account, oldest membership first. See the list of members for all. Empty for an API key without the scope members:read.</param>
/// <param name="Quotas">The limits of the tenant.</param>
/// <param name="Usage">The current usage of the tenant.</param>
public sealed record TenantDetails(
    Guid Id,
    string Name,
    string DatabaseName,
    bool IsActive,
    AuthMethod AuthMethod,
    TenantRole Role,
    DateTimeOffset JoinedAt,
    Guid CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? DeletedAt,
    IReadOnlyList<MemberView> Members,
    EffectiveQuotas Quotas,
    TenantUsage Usage
);

/// <summary>The usage of a tenant, compared with its quotas.</summary>
/// <param name="Members">The number of members.</param>
/// <param name="Documents">The number of documents.</param>
/// <param name="StorageBytes">Bytes of stored content; the same content is counted once.</param>
public sealed record TenantUsage(int Members, long Documents, long StorageBytes);

internal static class GetTenant
{
    private const int MembersShown = 100;

    internal static void Map(RouteGroupBuilder tenant) => tenant.MapGet("", Handle).RequireScope(ApiScope.TenantRead);

    /// <summary>Returns a tenant with its members, quotas and usage.</summary>
    internal static async Task<Ok<ApiResponse<TenantDetails>>> Handle(
        TenantScope scope,
        Principal principal,
        ControlDbContext db,
        TenantDbContext tenantDb,
        IOptions<QuotaOptions> quotas,
        CancellationToken ct
    )
    {
        var tenant = await db.Tenants.AsNoTracking().SingleAsync(candidate => candidate.Id == scope.TenantId, ct);
        var view = await db.GetViewAsync(tenant, scope, principal, ct);
        var seesMembers = principal is not CurrentServiceAccount account || account.Has(ApiScope.MembersRead);
        var memberships = db.Memberships.Where(membership => membership.TenantId == scope.TenantId);
        var members = await memberships
            .Where(_ => seesMembers)
            .OrderBy(membership => membership.JoinedAt)
            .ThenBy(membership => membership.UserId)
            .Join(db.Users.Where(user => user.IsActive), membership => membership.UserId, user => user.Id, MemberView.Projection)
            .Take(MembersShown)
            .ToListAsync(ct);
        var content = await tenantDb.ContentUsage.AsNoTracking().SingleAsync(ct);
        var usage = new TenantUsage(await memberships.CountAsync(ct), content.Documents, content.StorageBytes);

        return ApiResponse.Ok(
            new TenantDetails(
                view.Id,
                view.Name,
                view.DatabaseName,
                view.IsActive,
                view.AuthMethod,
                view.Role,
                view.JoinedAt,
                view.CreatedBy,
                view.CreatedAt,
                view.UpdatedAt,
                view.DeletedAt,
                members,
                EffectiveQuotas.From(tenant.Quotas, quotas.Value),
                usage
            ),
            "Tenant retrieved"
        );
    }
}

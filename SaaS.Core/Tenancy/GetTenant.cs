using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Tenancy;

/// <summary>A tenant with its members, and how much it has of what it may have.</summary>
/// <param name="Id">The tenant's id.</param>
/// <param name="Name">1 to 255 characters.</param>
/// <param name="DatabaseName">The name of its database; never changes.</param>
/// <param name="IsActive">Whether it serves its members.</param>
/// <param name="AuthMethod">How its members sign in: local, sso or both.</param>
/// <param name="Role">What the caller is in it: admin, user or viewer.</param>
/// <param name="JoinedAt">Since when the caller is a member (UTC).</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="CreatedAt">When it was made (UTC).</param>
/// <param name="UpdatedAt">When it was last changed (UTC).</param>
/// <param name="DeletedAt">Since when it serves nobody (UTC); null while it does.</param>
/// <param name="Members">Its first hundred members with an active account, oldest first; the list of members has them all.</param>
/// <param name="Quotas">How much it may have.</param>
/// <param name="Usage">How much it has.</param>
public sealed record TenantDetails(
    Guid Id, string Name, string DatabaseName, bool IsActive, AuthMethod AuthMethod, TenantRole Role, DateTimeOffset JoinedAt, Guid CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? DeletedAt,
    IReadOnlyList<MemberView> Members, EffectiveQuotas Quotas, TenantUsage Usage);

/// <summary>How much a tenant has.</summary>
/// <param name="Members">Accounts that may act in it.</param>
/// <param name="Documents">Documents.</param>
/// <param name="StorageBytes">Bytes of stored content; the same content is counted once.</param>
public sealed record TenantUsage(int Members, long Documents, long StorageBytes);

internal static class GetTenant
{
    private const int MembersShown = 100;

    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapGet("", Handle);

    /// <summary>Shows a tenant, its members and its quotas.</summary>
    internal static async Task<Ok<ApiResponse<TenantDetails>>> Handle(
        TenantScope scope, CurrentUser currentUser, ControlDbContext db, TenantDbContext tenantDb, IOptions<QuotaOptions> quotas, CancellationToken ct)
    {
        var tenant = await db.Tenants.AsNoTracking().SingleAsync(candidate => candidate.Id == scope.TenantId, ct);
        var view = await db.ViewAsync(tenant, currentUser, ct);
        var memberships = db.Memberships.Where(membership => membership.TenantId == scope.TenantId);
        var members = await memberships
            .OrderBy(membership => membership.JoinedAt).ThenBy(membership => membership.UserId)
            .Join(db.Users.Where(user => user.IsActive), membership => membership.UserId, user => user.Id, MemberView.Projection)
            .Take(MembersShown)
            .ToListAsync(ct);
        var content = await tenantDb.ContentUsage.AsNoTracking().SingleAsync(ct);
        var usage = new TenantUsage(await memberships.CountAsync(ct), content.Documents, content.StorageBytes);

        return ApiResponse.Ok(
            new TenantDetails(
                view.Id, view.Name, view.DatabaseName, view.IsActive, view.AuthMethod, view.Role, view.JoinedAt, view.CreatedBy, view.CreatedAt, view.UpdatedAt, view.DeletedAt,
                members, tenant.Quotas.Or(quotas.Value), usage),
            "Tenant retrieved");
    }
}

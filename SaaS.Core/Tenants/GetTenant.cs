using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Databases;
using SaaS.Platform.Http;

namespace SaaS.Core.Tenants;

/// <summary>A tenant with its members.</summary>
/// <param name="Tenant">The tenant, as the caller sees it.</param>
/// <param name="Members">Its members with an active account, oldest first.</param>
public sealed record TenantDetails(TenantView Tenant, IReadOnlyList<MemberView> Members);

/// <summary>A member of a tenant.</summary>
/// <param name="Id">The account's id.</param>
/// <param name="FirstName">First name.</param>
/// <param name="LastName">Last name.</param>
/// <param name="Email">E-mail address.</param>
/// <param name="Role">admin, user or viewer.</param>
/// <param name="JoinedAt">Since when (UTC).</param>
public sealed record MemberView(Guid Id, string FirstName, string LastName, string Email, TenantRole Role, DateTimeOffset JoinedAt);

internal static class GetTenant
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapGet("", Handle);

    /// <summary>Shows a tenant and its members.</summary>
    internal static async Task<Ok<Answer<TenantDetails>>> Handle(TenantScope scope, Caller caller, ControlDb db, CancellationToken ct)
    {
        var tenant = await db.Tenants.AsNoTracking().SingleAsync(candidate => candidate.Id == scope.TenantId, ct);
        var mine = await db.Memberships.AsNoTracking().SingleAsync(membership => membership.TenantId == scope.TenantId && membership.UserId == caller.UserId, ct);
        var members = await db.Memberships
            .Where(membership => membership.TenantId == scope.TenantId)
            .Join(db.Users.Where(user => user.IsActive), membership => membership.UserId, user => user.Id, (membership, user) => new { membership, user })
            .OrderBy(member => member.membership.JoinedAt).ThenBy(member => member.user.Id)
            .Select(member => new MemberView(member.user.Id, member.user.FirstName, member.user.LastName, member.user.Email, member.membership.Role, member.membership.JoinedAt))
            .ToListAsync(ct);

        return Answer.Ok(new TenantDetails(TenantView.Of(tenant, mine), members), "Tenant retrieved");
    }
}

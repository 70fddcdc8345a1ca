using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Databases;
using SaaS.Platform.Http;

namespace SaaS.Core.Tenants;

/// <summary>One page of members.</summary>
/// <param name="Members">The members, oldest first; accounts that may not sign in are among them.</param>
/// <param name="Pagination">Which page of how many.</param>
public sealed record MemberList(IReadOnlyList<MemberView> Members, Pagination Pagination);

internal static class ListMembers
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapGet("/users", Handle).Refuses(HttpProblems.BadRequest);

    /// <summary>Lists the tenant's members, oldest first.</summary>
    internal static async Task<Ok<Answer<MemberList>>> Handle([AsParameters] PageRequest page, TenantScope scope, ControlDb db, CancellationToken ct)
    {
        var found = await db.Memberships
            .Where(membership => membership.TenantId == scope.TenantId)
            .OrderBy(membership => membership.JoinedAt).ThenBy(membership => membership.UserId)
            .Join(db.Users, membership => membership.UserId, user => user.Id, MemberView.Projection)
            .ToPageAsync(page, ct);

        return Answer.Ok(new MemberList(found.Items, found.Pagination), "Members retrieved");
    }
}

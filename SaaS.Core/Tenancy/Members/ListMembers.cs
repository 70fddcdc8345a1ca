using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.Members;

/// <summary>One page of members.</summary>
/// <param name="Members">The members, oldest membership first; includes accounts that are not active.</param>
/// <param name="Pagination">The position of the page in the list; null when a cursor was given.</param>
/// <param name="NextCursor">The value of `cursor` for the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
public sealed record MemberList(IReadOnlyList<MemberView> Members, Pagination? Pagination, string? NextCursor, bool HasMore);

internal static class ListMembers
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapGet("/users", Handle).RequireScope(ApiScope.MembersRead).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists the members of a tenant, oldest membership first.</summary>
    internal static async Task<Results<Ok<ApiResponse<MemberList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        TenantScope scope,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        var memberships = db.Memberships.Where(membership => membership.TenantId == scope.TenantId);
        var outcome = await memberships
            .Join(db.Users, membership => membership.UserId, user => user.Id, (membership, user) => new { membership, user })
            .SortBy(one => one.membership.JoinedAt, one => one.membership.UserId)
            .WithTotalFrom(memberships)
            .ReadAsync(
                page,
                one => new MemberView(
                    one.user.Id,
                    one.user.FirstName,
                    one.user.LastName,
                    (string)one.user.Email,
                    one.user.IsActive,
                    one.membership.Role,
                    one.membership.JoinedAt,
                    one.user.CreatedAt,
                    one.user.UpdatedAt
                ),
                ct
            );

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(new MemberList(found.Items, found.Pagination, found.NextCursor, found.HasMore), "Members retrieved");
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Operations;

internal static class ListOperators
{
    internal static void Map(RouteGroupBuilder operators) => operators.MapGet("", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists the operators of the platform, newest account first.</summary>
    internal static async Task<Results<Ok<ApiResponse<UserList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        var outcome = await db
            .Users.AsNoTracking()
            .Where(user => user.IsPlatformAdmin)
            .SortByDescending(user => user.CreatedAt, user => user.Id)
            .ReadAsync(page, UserView.Projection, ct);

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(new UserList(found.Items, found.Pagination, found.NextCursor, found.HasMore), "Operators retrieved");
    }
}

using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Operations;

/// <summary>A page of accounts.</summary>
/// <param name="Users">The accounts, newest first.</param>
/// <param name="Pagination">The page number and totals; null if the request has a cursor.</param>
/// <param name="NextCursor">The `cursor` of the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
public sealed record UserList(IReadOnlyList<UserView> Users, Pagination? Pagination, string? NextCursor, bool HasMore);

internal static class ListUsers
{
    internal static void Map(RouteGroupBuilder users) => users.MapGet("", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists accounts, newest first.</summary>
    /// <param name="search">Only accounts whose email address or name contains this text (case-insensitive).</param>
    internal static async Task<Results<Ok<ApiResponse<UserList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        [OneLine(EmailAddress.MaxLength)] string? search,
        [FromQuery(Name = "is_active"), Description("True for active accounts only, false for deactivated accounts only.")] bool? isActive,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        var users = db.Users.Where(user => isActive == null || user.IsActive == isActive);
        if (!string.IsNullOrWhiteSpace(search))
        {
            var (address, name) = (Sql.Containing(EmailAddress.ToSearchText(search.Trim())), Sql.Containing(search.Trim()));
            users = users.Where(user =>
                EF.Functions.ILike(EF.Functions.Collate((string)user.Email, Sql.LetterOrder), address, Sql.Escape)
                || EF.Functions.ILike(EF.Functions.Collate(user.FirstName + " " + user.LastName, Sql.LetterOrder), name, Sql.Escape)
            );
        }

        var outcome = await users.SortByDescending(user => user.CreatedAt, user => user.Id).ReadAsync(page, UserView.Projection, ct);

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(new UserList(found.Items, found.Pagination, found.NextCursor, found.HasMore), "Users retrieved");
    }
}

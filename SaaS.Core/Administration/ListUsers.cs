using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Accounts;
using SaaS.Core.Databases;
using SaaS.Platform.Http;
using SaaS.Platform.Postgres;

namespace SaaS.Core.Administration;

/// <summary>One page of accounts.</summary>
/// <param name="Users">The accounts, newest first.</param>
/// <param name="Pagination">Which page of how many.</param>
public sealed record UserList(IReadOnlyList<UserView> Users, Pagination Pagination);

internal static class ListUsers
{
    internal static void Map(RouteGroupBuilder users) =>
        users.MapGet("", Handle).Refuses(HttpProblems.BadRequest);

    /// <summary>Lists accounts, newest first.</summary>
    /// <param name="search">Only accounts whose address or name contains this text, in upper or lower case.</param>
    /// <param name="isActive">Only accounts that may sign in, or only those that may not.</param>
    internal static async Task<Ok<Answer<UserList>>> Handle(
        [AsParameters] PageRequest page, [OneLine(EmailAddress.MaxLength)] string? search, [FromQuery(Name = "is_active")] bool? isActive, ControlDb db, CancellationToken ct)
    {
        var users = db.Users.Where(user => isActive == null || user.IsActive == isActive);
        if (!string.IsNullOrWhiteSpace(search))
        {
            var (address, name) = (Sql.Containing(EmailAddress.SearchText(search.Trim())), Sql.Containing(search.Trim()));
            users = users.Where(user => EF.Functions.ILike(EF.Functions.Collate((string)user.Email, Sql.LetterOrder), address, Sql.Escape)
                || EF.Functions.ILike(EF.Functions.Collate(user.FirstName + " " + user.LastName, Sql.LetterOrder), name, Sql.Escape));
        }

        var found = await users
            .OrderByDescending(user => user.CreatedAt).ThenByDescending(user => user.Id)
            .Select(UserView.Projection)
            .ToPageAsync(page, ct);

        return Answer.Ok(new UserList(found.Items, found.Pagination), "Users retrieved");
    }
}

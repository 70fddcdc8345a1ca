using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;

namespace SaaS.Core.Operations;

internal static class GetUser
{
    public static readonly Problem NotFound = new(ProblemKind.NotFound, "NOT_FOUND", "User not found");

    internal static void Map(RouteGroupBuilder users) => users.MapGet("/{userId:guid}", Handle).ProducesProblem(NotFound);

    /// <summary>Gets an account.</summary>
    internal static async Task<Results<Ok<ApiResponse<UserView>>, ProblemResult>> Handle(
        Guid userId,
        ControlDbContext db,
        CancellationToken ct
    ) =>
        await db.Users.Where(user => user.Id == userId).Select(UserView.Projection).SingleOrDefaultAsync(ct) is { } user
            ? ApiResponse.Ok(user, "User retrieved")
            : NotFound.ToHttp();
}

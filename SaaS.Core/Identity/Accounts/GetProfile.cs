using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Accounts;

internal static class GetProfile
{
    // The first and most frequent query of every client: compiling it halves the cost of EF Core.
    private static readonly Func<ControlDbContext, Guid, CancellationToken, Task<UserView?>> Find = EF.CompileAsyncQuery(
        (ControlDbContext db, Guid userId, CancellationToken ct) =>
            db.Set<User>().Where(user => user.Id == userId).Select(UserView.Projection).SingleOrDefault()
    );

    internal static void Map(RouteGroupBuilder users) => users.MapGet("/me", Handle).AllowBeforePasswordChange().AllowTenantBoundSession();

    /// <summary>Returns the profile of the current user.</summary>
    internal static async Task<Results<Ok<ApiResponse<UserView>>, ProblemResult>> Handle(
        CurrentUser currentUser,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        return await Find(db, currentUser.UserId, ct) is { } profile
            ? ApiResponse.Ok(profile, "Profile retrieved")
            : HttpProblems.Unauthenticated.ToHttp();
    }
}

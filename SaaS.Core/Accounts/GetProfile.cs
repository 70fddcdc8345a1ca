using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Databases;
using SaaS.Platform.Http;

namespace SaaS.Core.Accounts;

internal static class GetProfile
{
    internal static void Map(RouteGroupBuilder users) =>
        users.MapGet("/me", Handle).ServesBeforePasswordChange();

    /// <summary>Tells who is signed in.</summary>
    internal static async Task<Results<Ok<Answer<UserView>>, ProblemResult>> Handle(Caller caller, ControlDb db, CancellationToken ct)
    {
        var profile = await db.Users.Where(user => user.Id == caller.UserId).Select(UserView.Projection).SingleOrDefaultAsync(ct);

        return profile is null
            ? HttpProblems.Unauthenticated.ToHttp()
            : Answer.Ok(profile, "Profile retrieved");
    }
}

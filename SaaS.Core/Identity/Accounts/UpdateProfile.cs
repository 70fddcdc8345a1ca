using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Accounts;

/// <summary>What is to change; a name that is left out stays, and null is no name.</summary>
public sealed record UpdateProfileRequest
{
    /// <summary>1 to 100 characters.</summary>
    [MinLength(1), Name(User.NameMaxLength)]
    public string FirstName { get; init; } = null!; // null means that it was left out: the reader refuses a null that was sent

    /// <summary>1 to 100 characters.</summary>
    [MinLength(1), Name(User.NameMaxLength)]
    public string LastName { get; init; } = null!;
}

internal static class UpdateProfile
{
    private static readonly Problem NothingToChange = new(ProblemKind.Invalid, "BAD_REQUEST", "Say what is to change: first_name, last_name");

    internal static void Map(RouteGroupBuilder users)
    {
        users.MapPut("/me", Handle).ProducesProblem(NothingToChange);
        users.MapPatch("/me", Handle).WithName("patchProfile").ProducesProblem(NothingToChange);
    }

    /// <summary>Changes the name of who is signed in.</summary>
    /// <remarks>The address and the password have routes of their own, because they prove who somebody is.</remarks>
    internal static async Task<Results<Ok<ApiResponse<UserView>>, ProblemResult>> Handle(
        UpdateProfileRequest request, CurrentUser currentUser, ControlDbContext db, TimeProvider clock, CancellationToken ct)
    {
        if (request is { FirstName: null, LastName: null })
        {
            return NothingToChange.ToHttp();
        }

        var user = await db.Users.SingleAsync(candidate => candidate.Id == currentUser.UserId, ct);
        user.FirstName = request.FirstName is { } first ? DisplayName.Parse(first, User.NameMaxLength) : user.FirstName;
        user.LastName = request.LastName is { } last ? DisplayName.Parse(last, User.NameMaxLength) : user.LastName;
        user.UpdatedAt = clock.GetUtcNow();
        db.Audit.Record(tenantId: null, currentUser.Actor, AuditAction.ProfileChanged, user.Id, AuditDetails.None.Changed(db.Entry(user), nameof(User.FirstName), nameof(User.LastName)));
        await db.SaveChangesAsync(ct);

        return ApiResponse.Ok(UserView.Of(user), "Profile updated");
    }
}

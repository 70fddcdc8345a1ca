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

/// <summary>The fields to change. A field that is left out keeps its value; null is not allowed.</summary>
public sealed record UpdateProfileRequest
{
    /// <summary>1 to 100 characters.</summary>
    [MinLength(1), Name(User.NameMaxLength)]
    public string FirstName { get; init; } = null!; // null means left out: the JSON reader rejects an explicit null

    /// <summary>1 to 100 characters.</summary>
    [MinLength(1), Name(User.NameMaxLength)]
    public string LastName { get; init; } = null!;
}

internal static class UpdateProfile
{
    private static readonly Problem NothingToChange = new(
        ProblemKind.Invalid,
        "BAD_REQUEST",
        "Say what is to change: first_name, last_name"
    );

    internal static void Map(RouteGroupBuilder users)
    {
        users.MapPut("/me", Handle).ProducesProblem(NothingToChange);
        users.MapPatch("/me", Handle).WithName("patchProfile").ProducesProblem(NothingToChange);
    }

    /// <summary>Updates the name of the current user.</summary>
    /// <remarks>The e-mail address and the password have their own endpoints, because they are credentials.</remarks>
    internal static async Task<Results<Ok<ApiResponse<UserView>>, ProblemResult>> Handle(
        UpdateProfileRequest request,
        CurrentUser currentUser,
        ControlDbContext db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (request is { FirstName: null, LastName: null })
        {
            return NothingToChange.ToHttp();
        }

        var user = await db.Users.SingleAsync(candidate => candidate.Id == currentUser.UserId, ct);
        user.FirstName = request.FirstName is { } first ? DisplayName.Parse(first, User.NameMaxLength) : user.FirstName;
        user.LastName = request.LastName is { } last ? DisplayName.Parse(last, User.NameMaxLength) : user.LastName;
        user.UpdatedAt = clock.GetUtcNow();
        db.Audit.Record(
            tenantId: null,
            currentUser.Actor,
            AuditAction.ProfileChanged,
            user.Id,
            AuditDetails.Empty.WithChange(db.Entry(user), nameof(User.FirstName), nameof(User.LastName))
        );
        await db.SaveChangesAsync(ct);

        return ApiResponse.Ok(UserView.From(user), "Profile updated");
    }
}

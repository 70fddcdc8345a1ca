using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>The new address of the account.</summary>
/// <param name="Email">At most 255 characters; upper and lower case are the same.</param>
/// <param name="CurrentPassword">The account's password.</param>
public sealed record ChangeEmailRequest(
    [Required, Email] string Email,
    [Required, MaxLength(NewPasswordAttribute.MaxLength)] string CurrentPassword
);

internal static class ChangeEmail
{
    internal static void Map(RouteGroupBuilder users) =>
        users
            .MapPut("/me/email", Handle)
            .RequireRateLimiting(RateLimitClass.SignIn)
            .RequireRecentProof(acceptsPassword: true)
            .ProducesProblem(HttpProblems.BadRequest, VerifyCurrentPassword.WrongPassword, SignInAttempts.TooManyAttempts);

    /// <summary>Sends a link to a new e-mail address. The address of the account changes when the link is used.</summary>
    /// <remarks>The current address is notified. The response is the same whether or not another account has the new address.</remarks>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        ChangeEmailRequest request,
        CurrentUser currentUser,
        ClientDevice device,
        ControlDbContext db,
        VerifyCurrentPassword verifyPassword,
        MailedLinks links,
        CancellationToken ct
    )
    {
        var user = await db.Users.AsNoTracking().SingleAsync(candidate => candidate.Id == currentUser.UserId, ct);
        if (await verifyPassword.VerifyAsync(user, request.CurrentPassword, device, ct) is { } refusal)
        {
            return refusal.ToHttp();
        }

        links.Create(db, LinkPurpose.ChangeEmail, (user.Id, user.SecurityStamp), EmailAddress.Parse(request.Email));
        await db.SaveChangesAsync(ct);
        return SuccessResponse.Ok("A mail with a link is on its way to the new address");
    }
}

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

/// <summary>The address that is wanted.</summary>
/// <param name="Email">At most 255 characters; upper and lower case are the same.</param>
/// <param name="CurrentPassword">The account's password.</param>
public sealed record ChangeEmailRequest([Required, Email] string Email, [Required, MaxLength(NewPasswordAttribute.MaxLength)] string CurrentPassword);

internal static class ChangeEmail
{
    internal static void Map(RouteGroupBuilder users) =>
        users.MapPut("/me/email", Handle).RequireRateLimiting(RateClass.SignIn).ProducesProblem(HttpProblems.BadRequest, VerifyCurrentPassword.Wrong, SignInAttempts.Refusal);

    /// <summary>Sends a link to another address; the account has it once the link is used.</summary>
    /// <remarks>The address that the account has is told of it. The answer is the same whether another account has the new one or not.</remarks>
    internal static async Task<Results<Ok<Done>, ProblemResult>> Handle(
        ChangeEmailRequest request, CurrentUser currentUser, ClientDevice device, ControlDbContext db, VerifyCurrentPassword prove, MailedLinks links, CancellationToken ct)
    {
        var user = await db.Users.AsNoTracking().SingleAsync(candidate => candidate.Id == currentUser.UserId, ct);
        if (await prove.FindRefusalAsync(user, request.CurrentPassword, device, ct) is { } refusal)
        {
            return refusal.ToHttp();
        }

        links.Order(db, LinkPurpose.ChangeEmail, (user.Id, user.SecurityStamp), EmailAddress.Parse(request.Email));
        await db.SaveChangesAsync(ct);
        return Done.Ok("A mail with a link is on its way to the new address");
    }
}

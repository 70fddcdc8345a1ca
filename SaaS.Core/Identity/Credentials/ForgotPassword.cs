using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>The account whose password was forgotten.</summary>
/// <param name="Email">The account's e-mail address.</param>
public sealed record ForgotPasswordRequest([Required, Email] string Email);

internal static class ForgotPassword
{
    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/forgot-password", Handle).AllowAnonymous().ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Sends a password reset link if the account exists.</summary>
    /// <remarks>The response and its timing are the same whether or not the account exists.</remarks>
    internal static async Task<Ok<SuccessResponse>> Handle(
        ForgotPasswordRequest request,
        ControlDbContext db,
        MailedLinks links,
        CancellationToken ct
    )
    {
        var email = EmailAddress.Parse(request.Email);
        var known = await db
            .Users.Where(user => user.Email == email && user.IsActive)
            .Select(user => new { user.Id, user.SecurityStamp })
            .SingleOrDefaultAsync(ct);

        // An unknown address also gets a row and an event, so that timing does not reveal whether an account exists.
        links.Create(db, LinkPurpose.ResetPassword, known is null ? null : (known.Id, known.SecurityStamp), known is null ? null : email);
        await db.SaveChangesAsync(ct);

        return SuccessResponse.Ok("If there is an account with this address, a mail with a link is on its way");
    }
}

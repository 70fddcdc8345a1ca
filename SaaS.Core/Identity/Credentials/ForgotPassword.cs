using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Whose password is forgotten.</summary>
/// <param name="Email">The account's e-mail address.</param>
public sealed record ForgotPasswordRequest([Required, Email] string Email);

internal static class ForgotPassword
{
    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/forgot-password", Handle).AllowAnonymous().ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Sends a link to choose another password, if there is such an account.</summary>
    /// <remarks>The answer and the work behind it are the same whether there is one or not.</remarks>
    internal static async Task<Ok<Done>> Handle(ForgotPasswordRequest request, ControlDbContext db, MailedLinks links, CancellationToken ct)
    {
        var email = EmailAddress.Parse(request.Email);
        var known = await db.Users.Where(user => user.Email == email && user.IsActive).Select(user => new { user.Id, user.SecurityStamp }).SingleOrDefaultAsync(ct);

        // A stranger's address gets a row and an event as well, which nobody reads: time would tell otherwise.
        links.Order(db, LinkPurpose.ResetPassword, known is null ? null : (known.Id, known.SecurityStamp), known is null ? null : email);
        await db.SaveChangesAsync(ct);

        return Done.Ok("If there is an account with this address, a mail with a link is on its way");
    }
}

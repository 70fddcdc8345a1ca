using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Audit;
using SaaS.Core.Databases;
using SaaS.Platform.Http;

namespace SaaS.Core.Credentials;

/// <summary>The token of a mailed link.</summary>
/// <param name="Token">What stands behind # in the link.</param>
public sealed record VerifyEmailRequest([Required, MaxLength(200)] string Token);

internal static class VerifyEmail
{
    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/verify-email", Handle).AllowAnonymous().Refuses(MailedLinks.Invalid);

    /// <summary>Proves the address of an account with the token that was mailed to it.</summary>
    internal static async Task<Results<Ok<Done>, ProblemResult>> Handle(VerifyEmailRequest request, ControlDb db, MailedLinks links, TimeProvider clock, CancellationToken ct)
    {
        if (await links.ReadAsync(request.Token, ct) is not { } linkId)
        {
            return MailedLinks.Invalid.ToHttp();
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var now = clock.GetUtcNow();

        if (await links.TakeAsync(db, linkId, LinkPurpose.VerifyEmail, ct) is not { } link
            || await db.Users.SingleOrDefaultAsync(candidate => candidate.Id == link.UserId && candidate.Email == link.Email, ct) is not { } user) // the address may have changed since
        {
            return MailedLinks.Invalid.ToHttp();
        }

        user.EmailVerifiedAt = now;
        user.UpdatedAt = now;
        db.Audit.Record(Actor.User(user.Id), AuditAction.EmailVerified, user.Id);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);

        return Done.Ok("E-mail address verified");
    }
}

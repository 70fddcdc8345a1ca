using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Accounts;
using SaaS.Core.Audit;
using SaaS.Core.Databases;
using SaaS.Core.Events;
using SaaS.Platform.Http;
using SaaS.Platform.Postgres;

namespace SaaS.Core.Credentials;

/// <summary>The token of a mailed link.</summary>
/// <param name="Token">What stands behind # in the link.</param>
public sealed record ConfirmEmailRequest([Required, MaxLength(200)] string Token);

internal static class ConfirmEmail
{
    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/confirm-email", Handle).AllowAnonymous().Refuses(MailedLinks.Invalid, RegisterUser.EmailExists);

    /// <summary>Gives the account the address that the token was mailed to; the old address is told.</summary>
    internal static async Task<Results<Ok<Done>, ProblemResult>> Handle(ConfirmEmailRequest request, ControlDb db, MailedLinks links, TimeProvider clock, CancellationToken ct)
    {
        if (await links.ReadAsync(request.Token, ct) is not { } linkId)
        {
            return MailedLinks.Invalid.ToHttp();
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var now = clock.GetUtcNow();

        if (await links.TakeAsync(db, linkId, LinkPurpose.ChangeEmail, ct) is not { Email: { } email } link
            || await db.Users.SingleOrDefaultAsync(candidate => candidate.Id == link.UserId && candidate.IsActive, ct) is not { } user)
        {
            return MailedLinks.Invalid.ToHttp();
        }

        var change = new EmailChange { Id = Guid.CreateVersion7(now), UserId = user.Id, From = user.Email, To = email, ChangedAt = now };
        user.Email = email;
        user.EmailVerifiedAt = now;
        user.UpdatedAt = now;
        db.EmailChanges.Add(change);
        db.Outbox.Add(new EmailChanged(user.Id, change.Id), subject: user.Id, tenantId: null);
        db.Audit.Record(Actor.User(user.Id), AuditAction.EmailChanged, user.Id);

        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(User.Mapping.EmailIndex))
        {
            return RegisterUser.EmailExists.ToHttp(); // whoever has this token reads the mail of the address, and may know
        }

        await transaction.CommitAsync(ct);
        return Done.Ok("E-mail address changed");
    }
}

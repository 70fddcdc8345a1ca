using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Identity.Credentials;

/// <summary>The token of a mailed link, and what shows that it was ordered by the same person; nothing but the token when the request comes signed in.</summary>
/// <param name="Token">What stands behind # in the link.</param>
/// <param name="Password">The account's password.</param>
/// <param name="NewPassword">Another password to set, for whoever does not know the account's: 8 to 256 characters, with a letter and a digit.</param>
public sealed record ConfirmEmailRequest([Required, MaxLength(200)] string Token, [MaxLength(NewPasswordAttribute.MaxLength)] string? Password = null, [NewPassword] string? NewPassword = null);

internal static class ConfirmEmail
{
    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/confirm-email", Handle).AllowAnonymous().RequireRateLimiting(RateClass.SignIn)
            .ProducesProblem(MailedLinks.Invalid, ConfirmAddress.ProofRequired, VerifyCurrentPassword.Wrong, SignInAttempts.Refusal, RegisterUser.EmailExists);

    /// <summary>Gives the account the address that the token was mailed to; the old address is told.</summary>
    /// <remarks>
    /// By whoever ordered the link: with an access token of the account, its password, or a new password. All other sessions
    /// end, and everything else that was issued for the account is revoked. A link that was used succeeds again, and changes nothing.
    /// </remarks>
    internal static async Task<Results<Ok<Done>, ProblemResult>> Handle(
        ConfirmEmailRequest request, CurrentUser? currentUser, ClientDevice device, ControlDbContext db, ConfirmAddress confirm, TimeProvider clock, CancellationToken ct)
    {
        var refusal = await confirm.RunAsync(LinkPurpose.ChangeEmail, new AddressConfirmation(request.Token, request.Password, request.NewPassword), currentUser, device, revokes: true, ApplyAsync, ct);
        return refusal is null ? Done.Ok("E-mail address changed")
            : refusal == MailedLinks.Invalid && await confirm.HasConfirmedAsync(LinkPurpose.ChangeEmail, request.Token, ct)
                ? Done.Ok("E-mail address already changed")
            : refusal.ToHttp();

        async Task<Problem?> ApplyAsync(UsedLink used)
        {
            var (user, email, now) = (used.User, used.Link.Email!, clock.GetUtcNow());
            var change = new EmailChange { Id = Guid.CreateVersion7(now), UserId = user.Id, From = user.Email, To = email, ChangedAt = now };
            user.Email = email;
            user.EmailVerifiedAt = now;
            user.UpdatedAt = now;
            db.EmailChanges.Add(change);
            db.Outbox.Add(new EmailChanged(user.Id, change.Id), subject: user.Id, tenantId: null);
            db.Audit.Record(tenantId: null, Actor.User(user.Id), AuditAction.EmailChanged, user.Id, AuditDetails.None.Changed("email", change.From.Value, change.To.Value));

            try
            {
                await db.SaveChangesAsync(ct);
                return null;
            }
            catch (DbUpdateException e) when (e.IsUniqueViolation(User.Mapping.EmailIndex))
            {
                return RegisterUser.EmailExists; // whoever has this token reads the mail of the address, and may know
            }
        }
    }
}

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

/// <summary>The token of a mailed link, with proof that the same user requested it. A signed-in user needs only the token.</summary>
/// <param name="Token">The part of the link after #.</param>
/// <param name="Password">The account's password.</param>
/// <param name="NewPassword">A new password, for users who do not know the current one: 8 to 256 characters, a letter and a digit.</param>
public sealed record ConfirmEmailRequest(
    [Required, MaxLength(200)] string Token,
    [MaxLength(NewPasswordAttribute.MaxLength)] string? Password = null,
    [NewPassword] string? NewPassword = null
);

internal static class ConfirmEmail
{
    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/confirm-email", Handle)
            .AllowAnonymous()
            .RequireRateLimiting(RateLimitClass.SignIn)
            .ProducesProblem(
                MailedLinks.Invalid,
                ConfirmAddress.ProofRequired,
                ConfirmAddress.SignInRequired,
                VerifyCurrentPassword.WrongPassword,
                SignInAttempts.TooManyAttempts,
                RegisterUser.EmailExists
            );

    /// <summary>Changes the e-mail address of the account to the one that the token was mailed to, and notifies the old address.</summary>
    /// <remarks>
    /// Requires proof that the same user requested the link: an access token of the account, its password, or a new password. Ends
    /// all other sessions and revokes all other credentials of the account. Using the link again succeeds and changes nothing.
    /// </remarks>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        ConfirmEmailRequest request,
        CurrentUser? currentUser,
        ClientDevice device,
        ControlDbContext db,
        ConfirmAddress confirm,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var refusal = await confirm.RunAsync(
            LinkPurpose.ChangeEmail,
            new AddressConfirmation(request.Token, request.Password, request.NewPassword),
            currentUser,
            device,
            revokes: true,
            ApplyAsync,
            ct
        );
        return refusal is null ? SuccessResponse.Ok("E-mail address changed")
            : refusal == MailedLinks.Invalid && await confirm.HasConfirmedAsync(LinkPurpose.ChangeEmail, request.Token, ct)
                ? SuccessResponse.Ok("E-mail address already changed")
            : refusal.ToHttp();

        async Task<Problem?> ApplyAsync(UsedLink used)
        {
            var (user, email, now) = (used.User, used.Link.Email!, clock.GetUtcNow());
            var change = new EmailChange
            {
                Id = Guid.CreateVersion7(now),
                UserId = user.Id,
                From = user.Email,
                To = email,
                ChangedAt = now,
            };
            user.Email = email;
            user.EmailVerifiedAt = now;
            user.UpdatedAt = now;
            db.EmailChanges.Add(change);
            db.Outbox.Add(new EmailChanged(user.Id, change.Id), subject: user.Id, tenantId: null);
            db.Audit.Record(
                tenantId: null,
                Actor.User(user.Id),
                AuditAction.EmailChanged,
                user.Id,
                AuditDetails.Empty.WithChange("email", change.From.Value, change.To.Value)
            );

            try
            {
                await db.SaveChangesAsync(ct);
                return null;
            }
            catch (DbUpdateException e) when (e.IsUniqueViolation(User.Mapping.EmailIndex))
            {
                return RegisterUser.EmailExists; // the holder of the token receives the mail of the address and may learn this
            }
        }
    }
}

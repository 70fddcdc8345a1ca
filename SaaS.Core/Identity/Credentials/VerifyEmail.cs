using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>The token of a mailed link, with proof that the same user requested it. A signed-in user needs only the token.</summary>
/// <param name="Token">The part of the link after #.</param>
/// <param name="Password">The account's password.</param>
/// <param name="NewPassword">A new password, for users who do not know the current one: 8 to 256 characters, a letter and a digit.</param>
public sealed record VerifyEmailRequest(
    [Required, MaxLength(200)] string Token,
    [MaxLength(NewPasswordAttribute.MaxLength)] string? Password = null,
    [NewPassword] string? NewPassword = null
);

internal static class VerifyEmail
{
    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/verify-email", Handle)
            .AllowAnonymous()
            .RequireRateLimiting(RateLimitClass.SignIn)
            .ProducesProblem(
                MailedLinks.Invalid,
                ConfirmAddress.ProofRequired,
                ConfirmAddress.SignInRequired,
                VerifyCurrentPassword.WrongPassword,
                SignInAttempts.TooManyAttempts
            );

    /// <summary>Verifies the e-mail address of an account with the token that was mailed to it.</summary>
    /// <remarks>
    /// Requires proof that the same user requested the link: an access token of the account, its password, or a new password. A new
    /// password ends all sessions and revokes all other credentials of the account. Using the link again succeeds and changes nothing.
    /// </remarks>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        VerifyEmailRequest request,
        CurrentUser? currentUser,
        ClientDevice device,
        ControlDbContext db,
        ConfirmAddress confirm,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var refusal = await confirm.RunAsync(
            LinkPurpose.VerifyEmail,
            new AddressConfirmation(request.Token, request.Password, request.NewPassword),
            currentUser,
            device,
            revokes: false,
            Apply,
            ct
        );
        return refusal is null ? SuccessResponse.Ok("E-mail address verified")
            : refusal == MailedLinks.Invalid && await confirm.HasConfirmedAsync(LinkPurpose.VerifyEmail, request.Token, ct)
                ? SuccessResponse.Ok("E-mail address already verified")
            : refusal.ToHttp();

        Task<Problem?> Apply(UsedLink used)
        {
            if (used.User.Email != used.Link.Email)
            {
                return Task.FromResult<Problem?>(MailedLinks.Invalid);
            }

            var now = clock.GetUtcNow();
            used.User.EmailVerifiedAt = now;
            used.User.UpdatedAt = now;
            db.Audit.Record(
                tenantId: null,
                Actor.User(used.User.Id),
                AuditAction.EmailVerified,
                used.User.Id,
                AuditDetails.Create("by", "mailed_link").With("email", used.User.Email.Value)
            );
            return Task.FromResult<Problem?>(null);
        }
    }
}

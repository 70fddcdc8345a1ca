using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>The token of a mailed link and the new password.</summary>
/// <param name="Token">The part of the link after #.</param>
/// <param name="NewPassword">8 to 256 characters, with a letter and a digit.</param>
public sealed record ResetPasswordRequest([Required, MaxLength(200)] string Token, [Required, NewPassword] string NewPassword);

internal static class ResetPassword
{
    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/reset-password", Handle)
            .AllowAnonymous()
            .RequireRateLimiting(RateLimitClass.SignIn)
            .ProducesProblem(MailedLinks.Invalid);

    /// <summary>Sets a new password with a mailed token and ends all sessions of the account.</summary>
    /// <remarks>Also verifies the e-mail address, and lifts delays caused by wrong passwords for the account.</remarks>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        ResetPasswordRequest request,
        ClientDevice device,
        ControlDbContext db,
        [AsParameters] Services services,
        CancellationToken ct
    )
    {
        var (passwords, links, revocation, setPassword, attempts) = services;
        if (
            await links.ValidateTokenAsync(request.Token, ct) is not { } id
            || !await links.QueryValid(db, LinkPurpose.ResetPassword).AnyAsync(link => link.Id == id, ct)
        )
        {
            return MailedLinks.Invalid.ToHttp();
        }

        var hash = await passwords.HashAsync(request.NewPassword, ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (
            await links.UseAsync(db, id, LinkPurpose.ResetPassword, revocation, ct) is not { Link: var link, User: var user }
            || user.Email != link.Email
        )
        {
            return MailedLinks.Invalid.ToHttp();
        }

        // An account with an unverified address may have been created by somebody other than the mailbox's owner.
        var reason = user.EmailVerifiedAt is null ? RevocationReason.OwnerChanged : RevocationReason.CredentialsChanged;
        user.EmailVerifiedAt ??= link.CreatedAt;
        db.Audit.Record(
            tenantId: null,
            Actor.User(user.Id),
            AuditAction.PasswordReset,
            user.Id,
            AuditDetails.Create("by", "mailed_link").WithReplaced("password")
        );
        await setPassword.CommitAsync(transaction, user, hash, reason, keep: null, ct);
        await attempts.ResetAsync(user.Email, device);

        return SuccessResponse.Ok("Password changed; sign in with it");
    }

    internal sealed record Services(
        Passwords Passwords,
        MailedLinks Links,
        CredentialRevocation Revocation,
        SetPassword SetPassword,
        SignInAttempts Attempts
    );
}

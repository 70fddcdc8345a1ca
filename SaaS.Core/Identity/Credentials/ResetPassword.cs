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
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>The token of a mailed link, and the password that is wanted.</summary>
/// <param name="Token">What stands behind # in the link.</param>
/// <param name="NewPassword">8 to 256 characters, with a letter and a digit.</param>
public sealed record ResetPasswordRequest([Required, MaxLength(200)] string Token, [Required, NewPassword] string NewPassword);

internal static class ResetPassword
{
    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/reset-password", Handle).AllowAnonymous().RequireRateLimiting(RateClass.SignIn).ProducesProblem(MailedLinks.Invalid);

    /// <summary>Chooses another password with the token that was mailed, and ends every session of the account.</summary>
    /// <remarks>Whoever reads the mail of the address has proved it as well, and waits no longer for wrong passwords of others.</remarks>
    internal static async Task<Results<Ok<Done>, ProblemResult>> Handle(
        ResetPasswordRequest request, ClientDevice device, ControlDbContext db, Passwords passwords, MailedLinks links, CredentialRevocation revocation, NewPasswords change, SignInAttempts attempts, CancellationToken ct)
    {
        if (await links.ReadAsync(request.Token, ct) is not { } id || !await links.Valid(db, LinkPurpose.ResetPassword).AnyAsync(link => link.Id == id, ct))
        {
            return MailedLinks.Invalid.ToHttp();
        }

        var hash = await passwords.HashAsync(request.NewPassword, ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await links.UseAsync(db, id, LinkPurpose.ResetPassword, revocation, ct) is not { Link: var link, User: var user } || user.Email != link.Email)
        {
            return MailedLinks.Invalid.ToHttp();
        }

        // Whoever made an account without proving its address may be somebody else than who reads the address's mail.
        var reason = user.EmailVerifiedAt is null ? RevocationReason.OwnerChanged : RevocationReason.CredentialsChanged;
        user.EmailVerifiedAt ??= link.CreatedAt;
        db.Audit.Record(tenantId: null, Actor.User(user.Id), AuditAction.PasswordReset, user.Id, AuditDetails.Of("by", "mailed_link").Replaced("password"));
        await change.CommitAsync(transaction, user, hash, reason, keep: null, ct);
        await attempts.ForgetAsync(user.Email, device);

        return Done.Ok("Password changed; sign in with it");
    }
}

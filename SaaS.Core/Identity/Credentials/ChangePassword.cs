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

/// <summary>The password that is, and the one that is to be.</summary>
/// <param name="CurrentPassword">The account's password.</param>
/// <param name="NewPassword">8 to 256 characters, with a letter and a digit, and another one than before.</param>
public sealed record ChangePasswordRequest([Required, MaxLength(NewPasswordAttribute.MaxLength)] string CurrentPassword, [Required, NewPassword] string NewPassword);

/// <summary>Gives somebody who is signed in another password, whatever they asked for it with.</summary>
internal sealed class ChangePassword(ControlDbContext db, Passwords passwords, VerifyCurrentPassword prove, CredentialRevocation revocation, NewPasswords change)
{
    private static readonly Problem Same = Problem.OfField("new_password", "Must differ from the current one.");

    internal static void Map(RouteGroupBuilder users) =>
        users.MapPut("/me/password", Handle).RequireRateLimiting(RateClass.SignIn).AllowBeforePasswordChange().ProducesProblem(Same, VerifyCurrentPassword.Wrong, SignInAttempts.Refusal);

    /// <summary>Changes the caller's password and ends their other sessions.</summary>
    /// <remarks>Mailed links, links to content, pending sign-ins and break-glass registrations that were issued before are not valid any more.</remarks>
    internal static async Task<Results<Ok<Done>, ProblemResult>> Handle(ChangePasswordRequest request, CurrentUser currentUser, ClientDevice device, ChangePassword change, CancellationToken ct) =>
        await change.RunAsync(currentUser, request.CurrentPassword, request.NewPassword, device, ct) is { } refusal
            ? refusal.ToHttp()
            : Done.Ok("Password changed; other sessions have ended");

    /// <returns>Null when it is changed.</returns>
    public async Task<Problem?> RunAsync(CurrentUser currentUser, string current, string wanted, ClientDevice device, CancellationToken ct)
    {
        if (Passwords.Normalize(wanted) == Passwords.Normalize(current))
        {
            return Same;
        }

        var proved = await db.Users.AsNoTracking().SingleAsync(candidate => candidate.Id == currentUser.UserId, ct);
        if (await prove.FindRefusalAsync(proved, current, device, ct) is { } refusal)
        {
            return refusal;
        }

        var hash = await passwords.HashAsync(wanted, ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await revocation.LockAsync(currentUser.UserId, ct) is not { IsActive: true } user || user.SecurityStamp != proved.SecurityStamp)
        {
            return VerifyCurrentPassword.Wrong; // the account was reset or taken over while the password was checked
        }

        db.Audit.Record(tenantId: null, currentUser.Actor, AuditAction.PasswordChanged, user.Id, AuditDetails.None.Replaced("password"));
        await change.CommitAsync(transaction, user, hash, RevocationReason.CredentialsChanged, keep: currentUser.SessionId, ct);
        return null;
    }
}

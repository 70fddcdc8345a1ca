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

/// <summary>The current and the new password.</summary>
/// <param name="CurrentPassword">The account's password.</param>
/// <param name="NewPassword">8 to 256 characters, with a letter and a digit, different from the current password.</param>
public sealed record ChangePasswordRequest(
    [Required, MaxLength(NewPasswordAttribute.MaxLength)] string CurrentPassword,
    [Required, NewPassword] string NewPassword
);

/// <summary>Changes the password of a signed-in user, for the API and for pages.</summary>
internal sealed class ChangePassword(
    ControlDbContext db,
    Passwords passwords,
    VerifyCurrentPassword verifyPassword,
    CredentialRevocation revocation,
    SetPassword changePassword
)
{
    private static readonly Problem Same = Problem.ForField("new_password", "Must differ from the current one.");

    internal static void Map(RouteGroupBuilder users) =>
        users
            .MapPut("/me/password", Handle)
            .RequireRateLimiting(RateLimitClass.SignIn)
            .RequireRecentProof(acceptsPassword: true)
            .AllowBeforePasswordChange()
            .ProducesProblem(Same, VerifyCurrentPassword.WrongPassword, SignInAttempts.TooManyAttempts);

    /// <summary>Changes the password of the current user and ends their other sessions.</summary>
    /// <remarks>Revokes mailed links, links to content, pending sign-ins and break-glass registrations that were issued before.</remarks>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        ChangePasswordRequest request,
        CurrentUser currentUser,
        ClientDevice device,
        ChangePassword changePassword,
        CancellationToken ct
    ) =>
        await changePassword.RunAsync(currentUser, request.CurrentPassword, request.NewPassword, device, ct) is { } refusal
            ? refusal.ToHttp()
            : SuccessResponse.Ok("Password changed; other sessions have ended");

    /// <returns>Null when the password was changed.</returns>
    public async Task<Problem?> RunAsync(CurrentUser currentUser, string current, string wanted, ClientDevice device, CancellationToken ct)
    {
        if (Passwords.Normalize(wanted) == Passwords.Normalize(current))
        {
            return Same;
        }

        var proved = await db.Users.AsNoTracking().SingleAsync(candidate => candidate.Id == currentUser.UserId, ct);
        if (await verifyPassword.VerifyAsync(proved, current, device, ct) is { } refusal)
        {
            return refusal;
        }

        var hash = await passwords.HashAsync(wanted, ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await revocation.LockAsync(currentUser.UserId, ct) is not { IsActive: true } user || user.SecurityStamp != proved.SecurityStamp)
        {
            return VerifyCurrentPassword.WrongPassword; // the account was reset or taken over during the check
        }

        db.Audit.Record(
            tenantId: null,
            currentUser.Actor,
            AuditAction.PasswordChanged,
            user.Id,
            AuditDetails.Empty.WithReplaced("password")
        );
        await changePassword.CommitAsync(transaction, user, hash, RevocationReason.CredentialsChanged, keep: currentUser.SessionId, ct);
        return null;
    }
}

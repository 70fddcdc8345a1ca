using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Verifies the password of a signed-in user again, before actions that a lost or stolen device must not allow.</summary>
internal sealed class VerifyCurrentPassword(Passwords passwords, SignInAttempts attempts, SecurityEvents events)
{
    public static readonly Problem WrongPassword = new(ProblemKind.Forbidden, "WRONG_PASSWORD", "The current password is wrong");

    /// <returns>Null when the password is correct.</returns>
    public async Task<Problem?> VerifyAsync(User user, string password, ClientDevice device, CancellationToken ct)
    {
        // A stolen session must not guess faster than other clients; its place counts as known, because it has a session.
        if (!(await attempts.BeginAsync(user.Email, device, () => Task.FromResult(true), ct)).TryGetValue(out var begun, out var refusal))
        {
            events.RecordRateLimitedSignIn(user.Email.Value);
            return refusal;
        }

        await using var attempt = begun;
        if (!await passwords.VerifyAsync(password, user.PasswordHash, ct))
        {
            await attempt.RecordFailureAsync();
            events.RecordFailedPasswordVerification(user.Id);
            return WrongPassword;
        }

        await attempt.RecordSuccessAsync();
        return null;
    }
}

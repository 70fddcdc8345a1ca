using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Asks somebody who is signed in for the password again, before what a found device must not be able to do.</summary>
internal sealed class VerifyCurrentPassword(Passwords passwords, SignInAttempts attempts, SecurityEvents events)
{
    public static readonly Problem Wrong = new(ProblemKind.Forbidden, "WRONG_PASSWORD", "The current password is wrong");

    /// <returns>Null when the password is the account's.</returns>
    public async Task<Problem?> FindRefusalAsync(User user, string password, ClientDevice device, CancellationToken ct)
    {
        // A stolen session must not guess faster than anybody else; its place is known, or it would not have a session.
        if (!(await attempts.BeginAsync(user.Email, device, () => Task.FromResult(true), ct)).TryGetValue(out var begun, out var refusal))
        {
            events.SignInRateLimited(user.Email.Value);
            return refusal;
        }

        await using var attempt = begun;
        if (!await passwords.VerifyAsync(password, user.PasswordHash, ct))
        {
            await attempt.FailAsync();
            events.PasswordProofFailed(user.Id);
            return Wrong;
        }

        await attempt.SucceedAsync();
        return null;
    }
}

using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// Authenticates a user by e-mail address and password. An unknown address and a wrong password take the same time, and too many
/// wrong passwords are delayed.
/// </summary>
internal sealed class VerifyPassword(
    ControlDbContext db,
    Passwords passwords,
    SecondFactors factors,
    SignInAttempts attempts,
    SecurityEvents events
)
{
    public static readonly Problem InvalidCredentials = new(
        ProblemKind.Unauthenticated,
        "INVALID_CREDENTIALS",
        "The e-mail address or the password is invalid"
    );
    public static readonly Problem AccountInactive = new(ProblemKind.Forbidden, "ACCOUNT_INACTIVE", "This account is inactive");

    /// <returns>The account, and the second factor that it has to prove as well.</returns>
    public async Task<Result<VerifiedPassword>> RunAsync(EmailAddress email, string password, ClientDevice device, CancellationToken ct)
    {
        var beginning = await attempts.BeginAsync(email, device, () => HasSignedInFromAsync(email, device, ct), ct);
        if (!beginning.TryGetValue(out var begun, out var refusal))
        {
            events.RecordRateLimitedSignIn(email.Value);
            return refusal;
        }

        await using var attempt = begun; // cancelled on every exit on which no password was compared
        var user = await db.Users.SingleOrDefaultAsync(candidate => candidate.Email == email, ct);
        if (!await passwords.VerifyAsync(password, user?.PasswordHash, ct) || user is null)
        {
            await attempt.RecordFailureAsync();
            events.RecordFailedSignIn(email.Value, "wrong_credentials");
            return InvalidCredentials;
        }

        var methods = await factors.ListMethodsAsync(user.Id, ct);
        if (methods is [])
        {
            await attempt.RecordSuccessAsync(); // else only the second factor resets the counters, because its code can be guessed too
        }

        if (!user.IsActive) // revealed only to a client that knows the password
        {
            events.RecordFailedSignIn(email.Value, "account_inactive");
            return AccountInactive;
        }

        if (passwords.NeedsRehash(user.PasswordHash!))
        {
            // The condition keeps the old password from replacing one that is set concurrently.
            var (outdated, hash) = (user.PasswordHash, await passwords.HashAsync(password, ct));
            await db
                .Users.Where(row => row.Id == user.Id && row.PasswordHash == outdated)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.PasswordHash, hash), ct);
        }

        return new VerifiedPassword(user, methods);
    }

    /// <summary>Returns true when the account signed in from this place recently.</summary>
    /// <remarks>An attacker who floods an account from elsewhere must not lock out its owner.</remarks>
    public Task<bool> HasSignedInFromAsync(EmailAddress email, ClientDevice device, CancellationToken ct) =>
        db.Sessions.AnyAsync(
            session =>
                session.Address == device.AddressText && db.Set<User>().Any(user => user.Id == session.UserId && user.Email == email),
            ct
        );
}

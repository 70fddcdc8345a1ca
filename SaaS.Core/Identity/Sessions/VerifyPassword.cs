using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// Finds out who somebody is by e-mail address and password. An unknown address and a wrong password take the same time,
/// and too many wrong ones have to wait.
/// </summary>
internal sealed class VerifyPassword(ControlDbContext db, Passwords passwords, SignInAttempts attempts, SecurityEvents events)
{
    public static readonly Problem InvalidCredentials = new(ProblemKind.Unauthenticated, "INVALID_CREDENTIALS", "The e-mail address or the password is invalid");
    public static readonly Problem AccountInactive = new(ProblemKind.Forbidden, "ACCOUNT_INACTIVE", "This account is inactive");

    /// <returns>The account as it was when the password was checked.</returns>
    public async Task<Result<User>> RunAsync(EmailAddress email, string password, ClientDevice device, CancellationToken ct)
    {
        var beginning = await attempts.BeginAsync(email, device, () => HasSignedInFromAsync(email, device, ct), ct);
        if (!beginning.TryGetValue(out var begun, out var refusal))
        {
            events.SignInRateLimited(email.Value);
            return refusal;
        }

        await using var attempt = begun; // taken back on every way out on which no password was compared
        var user = await db.Users.SingleOrDefaultAsync(candidate => candidate.Email == email, ct);
        if (!await passwords.VerifyAsync(password, user?.PasswordHash, ct) || user is null)
        {
            await attempt.FailAsync();
            events.SignInFailed(email.Value, "wrong_credentials");
            return InvalidCredentials;
        }

        await attempt.SucceedAsync();
        if (!user.IsActive) // told only to someone who knows the password
        {
            events.SignInFailed(email.Value, "account_inactive");
            return AccountInactive;
        }

        if (passwords.IsOutdated(user.PasswordHash!))
        {
            // Only while it is that password: one that is set at this moment must not be replaced by the old one.
            var (outdated, hash) = (user.PasswordHash, await passwords.HashAsync(password, ct));
            await db.Users.Where(row => row.Id == user.Id && row.PasswordHash == outdated).ExecuteUpdateAsync(set => set.SetProperty(row => row.PasswordHash, hash), ct);
        }

        return user;
    }

    // Somebody who floods an account from elsewhere must not keep its owner out.
    private Task<bool> HasSignedInFromAsync(EmailAddress email, ClientDevice device, CancellationToken ct) =>
        db.Sessions.AnyAsync(session => session.Address == device.AddressText && db.Users.Any(user => user.Id == session.UserId && user.Email == email), ct);
}

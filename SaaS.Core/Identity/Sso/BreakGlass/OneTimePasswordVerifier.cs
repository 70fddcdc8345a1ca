using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Encryption;

namespace SaaS.Core.Identity.Sso.BreakGlass;

/// <summary>
/// Verifies one-time passwords of break-glass admins, each of them once. Ten attempts in 15 minutes make guessing one of a million codes
/// hopeless.
/// </summary>
internal sealed class OneTimePasswordVerifier(ControlDbContext db, Cipher cipher, TimeProvider clock)
{
    private const int MaxAttempts = 10;
    private static readonly TimeSpan LockoutDuration = TimeSpan.FromMinutes(15);

    /// <summary>Verifies and uses up a one-time password; the row update lets only one of two concurrent requests succeed.</summary>
    /// <returns>Null when the password was accepted.</returns>
    public async Task<Problem?> VerifyAsync(BreakGlassAdmin admin, string password, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        // Decrypts first, so that an attempt that cannot be compared is not counted.
        var secret = await cipher.DecryptAsync(admin.EncryptedSecret, admin.TenantId, BreakGlassAdmin.SecretPurpose, ct);
        // Counts and compares atomically: every answered attempt was counted.
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var counted = await db
            .BreakGlassAdmins.Where(row =>
                row.TenantId == admin.TenantId
                && row.UserId == admin.UserId
                && (row.WrongSince < now - LockoutDuration || row.Wrong < MaxAttempts)
            )
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(row => row.Wrong, row => row.WrongSince < now - LockoutDuration ? 1 : row.Wrong + 1)
                        .SetProperty(
                            row => row.WrongSince,
                            row => row.Wrong == 0 || row.WrongSince < now - LockoutDuration ? now : row.WrongSince
                        ),
                ct
            );
        if (counted == 0)
        {
            return SignInAttempts.TooManyAttempts with { RetryAfter = LockoutDuration };
        }

        if (OneTimePasswords.FindTimeStep(secret, password, now, admin.LastStep) is not { } step)
        {
            await transaction.CommitAsync(ct);
            return SsoProblems.OneTimePasswordWrong;
        }

        var taken = await db
            .BreakGlassAdmins.Where(row =>
                row.TenantId == admin.TenantId
                && row.UserId == admin.UserId
                && row.EncryptedSecret == admin.EncryptedSecret
                && row.LastStep < step
            )
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(row => row.LastStep, step)
                        .SetProperty(row => row.Wrong, 0)
                        .SetProperty(row => row.ConfirmedAt, row => row.ConfirmedAt ?? now),
                ct
            );
        await transaction.CommitAsync(ct);
        return taken == 1 ? null : SsoProblems.OneTimePasswordWrong;
    }
}

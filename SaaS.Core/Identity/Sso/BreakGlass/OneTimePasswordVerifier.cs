using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Encryption;

namespace SaaS.Core.Identity.Sso.BreakGlass;

/// <summary>Takes one-time passwords of break-glass admins, each once. Ten tries in a quarter of an hour are all that anybody has: of a million, that is nothing.</summary>
internal sealed class OneTimePasswordVerifier(ControlDbContext db, Cipher cipher, TimeProvider clock)
{
    private const int MaxWrong = 10;
    private static readonly TimeSpan WrongPause = TimeSpan.FromMinutes(15);

    /// <summary>The row lets one of two requests with the same one-time password have it.</summary>
    /// <returns>Null when it was taken.</returns>
    public async Task<Problem?> FindRefusalAsync(BreakGlassAdmin admin, string password, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        // First: what cannot be compared is not counted.
        var secret = await cipher.DecryptAsync(admin.EncryptedSecret, admin.TenantId, BreakGlassAdmin.SecretPurpose, ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct); // counts and compares: whoever is answered was counted
        var counted = await db.BreakGlassAdmins
            .Where(row => row.TenantId == admin.TenantId && row.UserId == admin.UserId && (row.WrongSince < now - WrongPause || row.Wrong < MaxWrong))
            .ExecuteUpdateAsync(set => set
                .SetProperty(row => row.Wrong, row => row.WrongSince < now - WrongPause ? 1 : row.Wrong + 1)
                .SetProperty(row => row.WrongSince, row => row.Wrong == 0 || row.WrongSince < now - WrongPause ? now : row.WrongSince), ct);
        if (counted == 0)
        {
            return SignInAttempts.Refusal with { RetryAfter = WrongPause };
        }

        if (OneTimePasswords.StepOf(secret, password, now, admin.LastStep) is not { } step)
        {
            await transaction.CommitAsync(ct);
            return SsoProblems.OneTimePasswordWrong;
        }

        var taken = await db.BreakGlassAdmins
            .Where(row => row.TenantId == admin.TenantId && row.UserId == admin.UserId && row.EncryptedSecret == admin.EncryptedSecret && row.LastStep < step)
            .ExecuteUpdateAsync(set => set
                .SetProperty(row => row.LastStep, step)
                .SetProperty(row => row.Wrong, 0)
                .SetProperty(row => row.ConfirmedAt, row => row.ConfirmedAt ?? now), ct);
        await transaction.CommitAsync(ct);
        return taken == 1 ? null : SsoProblems.OneTimePasswordWrong;
    }
}

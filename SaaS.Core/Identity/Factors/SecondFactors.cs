using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Encryption;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Encryption;

namespace SaaS.Core.Identity.Factors;

/// <summary>Reads the second factors of accounts and verifies their codes, each of them once.</summary>
/// <remarks>It does not limit guesses: callers do.</remarks>
internal sealed class SecondFactors(ControlDbContext db, Cipher cipher, TimeProvider clock)
{
    /// <returns>The methods with which the account can prove a second factor; empty when it has none.</returns>
    public async Task<IReadOnlyList<FactorMethod>> ListMethodsAsync(Guid userId, CancellationToken ct)
    {
        var kinds = await db
            .Factors.Where(factor => factor.UserId == userId && factor.ConfirmedAt != null)
            .Select(factor => factor.Kind)
            .Distinct()
            .ToListAsync(ct);
        return kinds is []
            ? []
            :
            [
                .. kinds.Order().Select(kind => kind is FactorKind.Totp ? FactorMethod.Totp : FactorMethod.Passkey),
                .. await CountRecoveryCodesAsync(userId, ct) > 0 ? [FactorMethod.Recovery] : Array.Empty<FactorMethod>(),
            ];
    }

    /// <summary>Counts the unused recovery codes of an account.</summary>
    public Task<int> CountRecoveryCodesAsync(Guid userId, CancellationToken ct) =>
        db.RecoveryCodes.CountAsync(code => code.UserId == userId && code.UsedAt == null, ct);

    /// <summary>Encrypts the secret of an authenticator.</summary>
    public Task<string> EncryptSecretAsync(string secret, CancellationToken ct) =>
        cipher.EncryptAsync(secret, EncryptedColumn.Platform, Factor.SecretPurpose, ct);

    /// <returns>The time step of a one-time password; null when it is wrong, too old or already used.</returns>
    public async Task<long?> FindTimeStepAsync(Factor factor, string password, CancellationToken ct) =>
        OneTimePasswords.FindTimeStep(
            await cipher.DecryptAsync(factor.EncryptedSecret!, EncryptedColumn.Platform, Factor.SecretPurpose, ct),
            password,
            clock.GetUtcNow(),
            factor.LastStep
        );

    /// <summary>Verifies and uses up a one-time password; the row update lets only one of two concurrent requests succeed.</summary>
    public async Task<bool> UseOneTimePasswordAsync(Guid userId, string password, CancellationToken ct)
    {
        if (
            await db
                .Factors.AsNoTracking()
                .SingleOrDefaultAsync(factor => factor.UserId == userId && factor.Kind == FactorKind.Totp && factor.ConfirmedAt != null, ct)
                is not { } authenticator
            || await FindTimeStepAsync(authenticator, password, ct) is not { } step
        )
        {
            return false;
        }

        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var used = await db
            .Factors.Where(factor => factor.Id == authenticator.Id && factor.LastStep < step)
            .ExecuteUpdateAsync(set => set.SetProperty(factor => factor.LastStep, step).SetProperty(factor => factor.LastUsedAt, now), ct);
        await transaction.CommitAsync(ct);
        return used == 1;
    }

    /// <summary>Uses up a recovery code, and notifies the owner.</summary>
    public async Task<bool> UseRecoveryCodeAsync(Guid userId, string code, CancellationToken ct)
    {
        var (hash, now) = (RecoveryCode.Hash(userId, code), clock.GetUtcNow());
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (
            await db
                .RecoveryCodes.Where(row => row.UserId == userId && row.CodeHash == hash && row.UsedAt == null)
                .Where(row => db.Set<Factor>().Any(factor => factor.UserId == userId && factor.ConfirmedAt != null))
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.UsedAt, now), ct) == 0
        )
        {
            return false;
        }

        var left = await CountRecoveryCodesAsync(userId, ct);
        db.Outbox.Add(new RecoveryCodeUsed(userId, Guid.CreateVersion7(now), left, now), subject: userId, tenantId: null);
        db.Audit.Record(tenantId: null, Actor.User(userId), AuditAction.RecoveryCodeUsed, userId, AuditDetails.Create("left", left));
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    /// <summary>Replaces all recovery codes of an account in the caller's transaction.</summary>
    /// <returns>The new codes, which are not stored.</returns>
    public async Task<IReadOnlyList<string>> ReplaceRecoveryCodesAsync(Guid userId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        string[] codes = [.. Enumerable.Range(0, RecoveryCode.Count).Select(_ => RecoveryCode.Create())];
        await db.RecoveryCodes.Where(code => code.UserId == userId).ExecuteDeleteAsync(ct);
        db.RecoveryCodes.AddRange(
            codes.Select(code => new RecoveryCode
            {
                UserId = userId,
                CodeHash = RecoveryCode.Hash(userId, code),
                CreatedAt = now,
            })
        );
        await db.SaveChangesAsync(ct);
        return codes;
    }
}

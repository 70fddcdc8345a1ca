using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using SaaS.Core.Databases;
using SaaS.Core.Jobs;
using SaaS.Platform.Postgres;
using SaaS.Platform.Secrets;

namespace SaaS.Core.Tenants;

/// <summary>
/// Gives each tenant a new version of its key, seals anew what is stored, and retires all versions but the newest two: with
/// the one before somebody may have sealed a moment ago what is not stored yet. A run that was cut off goes on where it
/// ended, because a key that is young is not rotated again. While an installation moves between the key ring and Vault, sealing
/// anew is what moves it.
/// </summary>
internal sealed partial class RotateEncryptionKeysJob(
    ControlDb db, NpgsqlDataSource control, Cipher cipher, IOptions<EncryptionOptions> options, TimeProvider clock, ILogger<RotateEncryptionKeysJob> logger) : Job
{
    public const string Name = "rotate-encryption-keys";

    private int _rotated;
    private int _rewrapped;
    private int _moved;

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var tenants = await db.Tenants.Where(tenant => tenant.State != TenantState.Erasing).OrderBy(tenant => tenant.Id).Select(tenant => tenant.Id).ToListAsync(ct);
        var failed = await ForEachAsync(tenants, tenantId => RotateAsync(tenantId, ct), (tenantId, e) => LogNotRotated(e, tenantId), ct);
        var done = $"{_rotated} keys rotated, {_rewrapped} values sealed anew, {failed} of {tenants.Count} tenants failed";
        return options.Value.FormerProvider is { } former ? $"{done}; {_moved} values moved from {former}, {await CountLeftAsync(ct)} are left there" : done;
    }

    private Task<int> CountLeftAsync(CancellationToken ct)
    {
        var own = $"{cipher.Sealer}:%";
        return db.Tenants.CountAsync(tenant => tenant.State != TenantState.Erasing && !EF.Functions.Like(tenant.SealedDatabasePassword, own), ct);
    }

    private async Task RotateAsync(Guid tenantId, CancellationToken ct)
    {
        // The lock of making and erasing: a tenant whose keys are being destroyed must not get a new one.
        await using var connection = await control.OpenConnectionAsync(ct);
        await using var alone = await AdvisoryLock.AcquireAsync(connection, $"provision/{tenantId}", ct);

        var stored = await db.Tenants
            .Where(tenant => tenant.Id == tenantId && tenant.State != TenantState.Erasing)
            .Select(tenant => tenant.SealedDatabasePassword)
            .SingleOrDefaultAsync(ct);
        if (stored is null)
        {
            return;
        }

        var key = await cipher.FindKeyAsync(tenantId, Tenant.PasswordPurpose, ct);
        if (key is null or { IsCompromised: true } || key.CreatedAt <= clock.GetUtcNow() - options.Value.RotateAfter)
        {
            key = await cipher.RotateAsync(tenantId, Tenant.PasswordPurpose, ct);
            _rotated++;
        }

        if (cipher.HasSealed(stored, key) || await RewrapAsync(tenantId, stored, ct))
        {
            await cipher.RetireBeforeAsync(Math.Max(1, key.Version - 1), tenantId, Tenant.PasswordPurpose, ct);
        }
    }

    /// <returns>False when somebody has stored another value meanwhile: the next run looks at that.</returns>
    private async Task<bool> RewrapAsync(Guid tenantId, string stored, CancellationToken ct)
    {
        var rewrapped = (await cipher.RewrapAsync([stored], tenantId, Tenant.PasswordPurpose, ct))[0];

        // Believed only when it opens to the same: from here on the old value is nowhere.
        if (await cipher.UnsealAsync(rewrapped, tenantId, Tenant.PasswordPurpose, ct) != await cipher.UnsealAsync(stored, tenantId, Tenant.PasswordPurpose, ct))
        {
            throw new CryptographicException("What was sealed anew is not what was stored.");
        }

        var replaced = await db.Tenants
            .Where(tenant => tenant.Id == tenantId && tenant.SealedDatabasePassword == stored)
            .ExecuteUpdateAsync(set => set.SetProperty(tenant => tenant.SealedDatabasePassword, rewrapped), ct);
        _rewrapped += replaced;
        _moved += cipher.IsOwn(stored) ? 0 : replaced;
        return replaced == 1;
    }

    [LoggerMessage(EventId = 4104, Level = LogLevel.Warning, Message = "The keys of tenant {TenantId} could not be rotated, and what they have sealed is as it was; the next run tries again")]
    private partial void LogNotRotated(Exception exception, Guid tenantId);
}

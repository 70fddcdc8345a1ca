using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Encryption;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Tenancy;

/// <summary>
/// Rotates the keys of the platform and of each tenant and re-encrypts the stored values, which also migrates them between the key ring and Vault.
/// An interrupted run continues, because recent keys are not rotated again.
/// </summary>
internal sealed partial class RotateEncryptionKeysJob(
    ControlDbContext db,
    NpgsqlDataSource control,
    Cipher cipher,
    IEnumerable<EncryptedColumn> columns,
    IOptions<EncryptionOptions> options,
    TimeProvider clock,
    ILogger<RotateEncryptionKeysJob> logger
) : Job
{
    public const string Name = "rotate-encryption-keys";

    private const int PageSize = 500;

    private int _rotated;
    private int _reencrypted;
    private int _migrated;

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var tenants = await db
            .Tenants.Where(tenant => tenant.State != TenantState.Erasing)
            .OrderBy(tenant => tenant.Id)
            .Select(tenant => tenant.Id)
            .ToListAsync(ct);
        Guid[] platform = await HasValuesAsync(EncryptedColumn.Platform, [.. columns.Where(column => column.IsOfPlatform)], ct)
            ? [EncryptedColumn.Platform]
            : [];
        var isPlatformRotated =
            await ForEachAsync(platform, owner => RotateAsync(owner, ct), (owner, e) => LogNotRotated(e, owner), ct) == 0;
        var failed = await ForEachAsync(tenants, tenantId => RotateAsync(tenantId, ct), (tenantId, e) => LogNotRotated(e, tenantId), ct);
        var summary =
            $"{_rotated} keys rotated, {_reencrypted} values sealed anew, {failed} of {tenants.Count} tenants failed{(isPlatformRotated ? "" : "; the keys of the platform failed")}";
        return options.Value.FormerProvider is { } former
            ? $"{summary}; {_migrated} values moved from {former}, {await CountRemainingAsync(ct)} are left there"
            : summary;
    }

    private async Task<int> CountRemainingAsync(CancellationToken ct)
    {
        var remaining = 0;
        foreach (var column in columns)
        {
            remaining += await column.CountNotMatchingAsync(db, $"{cipher.ProviderPrefix}:%", ct);
        }

        return remaining;
    }

    private async Task RotateAsync(Guid tenantId, CancellationToken ct)
    {
        // Shares its lock with provisioning and erasure: a tenant whose keys are being destroyed must not get a new key.
        await using var connection = await control.OpenConnectionAsync(ct);
        await using var provisioningLock = await AdvisoryLock.AcquireAsync(connection, $"provision/{tenantId}", ct);

        var isOfPlatform = tenantId == EncryptedColumn.Platform;
        if (isOfPlatform || await db.Tenants.AnyAsync(tenant => tenant.Id == tenantId && tenant.State != TenantState.Erasing, ct))
        {
            foreach (var sameKey in columns.Where(column => column.IsOfPlatform == isOfPlatform).GroupBy(column => column.Purpose))
            {
                await RotateAsync(tenantId, sameKey.Key, [.. sameKey], ct);
            }
        }
    }

    private async Task RotateAsync(Guid tenantId, string purpose, IReadOnlyList<EncryptedColumn> encryptedColumns, CancellationToken ct)
    {
        if (!await HasValuesAsync(tenantId, encryptedColumns, ct))
        {
            return; // no key is needed without values
        }

        var key = await cipher.FindKeyAsync(tenantId, purpose, ct);
        if (key is null or { IsCompromised: true } || key.CreatedAt <= clock.GetUtcNow() - options.Value.RotateAfter)
        {
            key = await cipher.RotateAsync(tenantId, purpose, ct);
            _rotated++;
            RecordRotation(tenantId, purpose, key.Version);
            await db.SaveChangesAsync(ct);
        }

        var isComplete = true;
        foreach (var column in encryptedColumns)
        {
            isComplete &= await ReencryptAsync(tenantId, column, key, ct);
        }

        if (isComplete)
        {
            // The previous version stays: a value that was just encrypted with it may not be stored yet.
            await cipher.RetireBeforeAsync(Math.Max(1, key.Version - 1), tenantId, purpose, ct);
        }
    }

    private void RecordRotation(Guid tenantId, string purpose, int version)
    {
        var details = AuditDetails.Create("purpose", purpose).With("version", version);
        if (tenantId == EncryptedColumn.Platform)
        {
            db.Audit.Record(tenantId: null, Actor.Job(Name), AuditAction.PlatformKeyRotated, NamedId.From(purpose), details);
        }
        else
        {
            db.Audit.Record(tenantId, Actor.Job(Name), AuditAction.KeyRotated, tenantId, details);
        }
    }

    private async Task<bool> HasValuesAsync(Guid tenantId, IReadOnlyList<EncryptedColumn> encryptedColumns, CancellationToken ct)
    {
        foreach (var column in encryptedColumns)
        {
            if (await column.ReadAsync(db, tenantId, after: Guid.Empty, limit: 1, ct) is not [])
            {
                return true;
            }
        }

        return false;
    }

    /// <returns>False when a value was replaced concurrently; the next run re-encrypts it.</returns>
    private async Task<bool> ReencryptAsync(Guid tenantId, EncryptedColumn column, CipherKey key, CancellationToken ct)
    {
        var isComplete = true;
        var after = Guid.Empty;
        while (true)
        {
            var page = await column.ReadAsync(db, tenantId, after, PageSize, ct);
            var outdated = page.FindAll(value => !cipher.HasEncrypted(value.Text, key));
            if (outdated.Count > 0)
            {
                isComplete &= await ReencryptAsync(tenantId, column, outdated, ct);
            }

            if (page.Count < PageSize)
            {
                return isComplete;
            }

            after = page[^1].RowId;
        }
    }

    private async Task<bool> ReencryptAsync(Guid tenantId, EncryptedColumn column, List<EncryptedValue> stored, CancellationToken ct)
    {
        IReadOnlyList<string> before = [.. stored.Select(value => value.Text)];
        var reencrypted = await cipher.ReencryptAsync(before, tenantId, column.Purpose, ct);

        // Verified before storing, because the old values are overwritten.
        if (
            !(await cipher.DecryptAsync(reencrypted, tenantId, column.Purpose, ct)).SequenceEqual(
                await cipher.DecryptAsync(before, tenantId, column.Purpose, ct)
            )
        )
        {
            throw new CryptographicException("The re-encrypted values do not decrypt to the stored values.");
        }

        var isComplete = true;
        foreach (var (value, text) in stored.Zip(reencrypted))
        {
            var isReplaced = await column.ReplaceAsync(db, tenantId, value, text, ct);
            isComplete &= isReplaced;
            _reencrypted += isReplaced ? 1 : 0;
            _migrated += isReplaced && !cipher.IsOwn(value.Text) ? 1 : 0;
        }

        return isComplete;
    }

    [LoggerMessage(
        EventId = 4104,
        Level = LogLevel.Warning,
        Message = "The keys of owner {TenantId} could not be rotated, and its encrypted values are unchanged; the next run retries"
    )]
    private partial void LogNotRotated(Exception exception, Guid tenantId);
}

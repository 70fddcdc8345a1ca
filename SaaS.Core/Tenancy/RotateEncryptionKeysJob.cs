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
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Tenancy;

/// <summary>
/// Gives each tenant new versions of its keys, seals anew what is stored, and retires all versions but the newest two: with
/// the one before somebody may have sealed a moment ago what is not stored yet. A run that was cut off goes on where it
/// ended, because a key that is young is not rotated again. While an installation moves between the key ring and Vault, sealing
/// anew is what moves it.
/// </summary>
internal sealed partial class RotateEncryptionKeysJob(
    ControlDbContext db, NpgsqlDataSource control, Cipher cipher, IEnumerable<EncryptedColumn> columns, IOptions<EncryptionOptions> options, TimeProvider clock, ILogger<RotateEncryptionKeysJob> logger) : Job
{
    public const string Name = "rotate-encryption-keys";

    private const int PageSize = 500;

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

    private async Task<int> CountLeftAsync(CancellationToken ct)
    {
        var left = 0;
        foreach (var column in columns)
        {
            left += await column.CountUnlikeAsync(db, $"{cipher.Sealer}:%", ct);
        }

        return left;
    }

    private async Task RotateAsync(Guid tenantId, CancellationToken ct)
    {
        // The lock of making and erasing: a tenant whose keys are being destroyed must not get a new one.
        await using var connection = await control.OpenConnectionAsync(ct);
        await using var alone = await AdvisoryLock.AcquireAsync(connection, $"provision/{tenantId}", ct);

        if (await db.Tenants.AnyAsync(tenant => tenant.Id == tenantId && tenant.State != TenantState.Erasing, ct))
        {
            foreach (var sameKey in columns.GroupBy(column => column.Purpose))
            {
                await RotateAsync(tenantId, sameKey.Key, [.. sameKey], ct);
            }
        }
    }

    private async Task RotateAsync(Guid tenantId, string purpose, IReadOnlyList<EncryptedColumn> sealedIn, CancellationToken ct)
    {
        if (!await HasValuesAsync(tenantId, sealedIn, ct))
        {
            return; // a key that seals nothing need not be
        }

        var key = await cipher.FindKeyAsync(tenantId, purpose, ct);
        if (key is null or { IsCompromised: true } || key.CreatedAt <= clock.GetUtcNow() - options.Value.RotateAfter)
        {
            key = await cipher.RotateAsync(tenantId, purpose, ct);
            _rotated++;
            db.Audit.Record(tenantId, Actor.Job(Name), AuditAction.KeyRotated, tenantId, AuditDetails.Of("purpose", purpose).With("version", key.Version));
            await db.SaveChangesAsync(ct);
        }

        var isWhole = true;
        foreach (var column in sealedIn)
        {
            isWhole &= await ReencryptAsync(tenantId, column, key, ct);
        }

        if (isWhole)
        {
            await cipher.RetireBeforeAsync(Math.Max(1, key.Version - 1), tenantId, purpose, ct);
        }
    }

    private async Task<bool> HasValuesAsync(Guid tenantId, IReadOnlyList<EncryptedColumn> sealedIn, CancellationToken ct)
    {
        foreach (var column in sealedIn)
        {
            if (await column.ReadAsync(db, tenantId, after: Guid.Empty, most: 1, ct) is not [])
            {
                return true;
            }
        }

        return false;
    }

    /// <returns>False when somebody has stored another value meanwhile: the next run looks at that.</returns>
    private async Task<bool> ReencryptAsync(Guid tenantId, EncryptedColumn column, CipherKey key, CancellationToken ct)
    {
        var isWhole = true;
        for (var after = Guid.Empty; ;)
        {
            var page = await column.ReadAsync(db, tenantId, after, PageSize, ct);
            var outdated = page.FindAll(value => !cipher.HasEncrypted(value.Text, key));
            if (outdated.Count > 0)
            {
                isWhole &= await ReencryptAsync(tenantId, column, outdated, ct);
            }

            if (page.Count < PageSize)
            {
                return isWhole;
            }

            after = page[^1].RowId;
        }
    }

    private async Task<bool> ReencryptAsync(Guid tenantId, EncryptedColumn column, List<EncryptedValue> stored, CancellationToken ct)
    {
        IReadOnlyList<string> before = [.. stored.Select(value => value.Text)];
        var rewrapped = await cipher.ReencryptAsync(before, tenantId, column.Purpose, ct);

        // Believed only when they open to the same: from here on the old values are nowhere.
        if (!(await cipher.DecryptAsync(rewrapped, tenantId, column.Purpose, ct)).SequenceEqual(await cipher.DecryptAsync(before, tenantId, column.Purpose, ct)))
        {
            throw new CryptographicException("What was sealed anew is not what was stored.");
        }

        var isWhole = true;
        foreach (var (value, text) in stored.Zip(rewrapped))
        {
            var isReplaced = await column.ReplaceAsync(db, tenantId, value, text, ct);
            isWhole &= isReplaced;
            _rewrapped += isReplaced ? 1 : 0;
            _moved += isReplaced && !cipher.IsOwn(value.Text) ? 1 : 0;
        }

        return isWhole;
    }

    [LoggerMessage(EventId = 4104, Level = LogLevel.Warning, Message = "The keys of tenant {TenantId} could not be rotated, and what they have sealed is as it was; the next run tries again")]
    private partial void LogNotRotated(Exception exception, Guid tenantId);
}

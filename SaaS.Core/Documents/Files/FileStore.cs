using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;
using SaaS.Infrastructure.Objects;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Documents.Files;

/// <summary>Stores content once per tenant: the object first and then its row, so that no row is without its object.</summary>
internal sealed class FileStore(ObjectStore objects, TenantDbFactory databases, TimeProvider clock)
{
    private static readonly JsonElement NoMetadata = JsonElement.Parse("{}");

    /// <summary>
    /// Stores the content for one more document, and saves what the link callback adds in the same transaction as the file's row. No
    /// database is open while the object is stored, so that other requests of the tenant can proceed.
    /// </summary>
    /// <param name="mediaType">The media type of the content.</param>
    /// <param name="quotas">The quotas of the tenant.</param>
    /// <param name="link">Adds the rows that refer to the file; called once, with the file and whether the tenant already had it.</param>
    public async Task<Result<StoredFile>> StoreAsync(
        ReceivedContent content,
        string? mediaType,
        TenantScope scope,
        EffectiveQuotas quotas,
        Guid storedBy,
        Action<TenantDbContext, StoredFile, bool> link,
        CancellationToken ct
    )
    {
        var file = Describe(content, mediaType, scope.TenantId, storedBy);
        var key = ObjectKey.ForFile(scope.TenantId, file.Id, file.Md5Hash);
        var mayLeaveUnfinished = objects.MayLeaveUnfinished(content.Size);
        await using (var db = await databases.OpenAsync(scope, ct))
        {
            if (await WithSameContent(db, content).AnyAsync(ct))
            {
                await using var linking = await db.Database.BeginTransactionAsync(ct);
                if (await LockAsync(db, content, ct) is { } known)
                {
                    return await LinkAsync(db, known, isKnown: true, linking);
                }
            } // purged in between: it is new

            if (!await ContentUsage.HasCapacityAsync(db, quotas, documents: 1, content.Size, ct))
            {
                return await quotas.ContentExceededAsync(db, content.Size, ct); // checked again after the bytes are stored
            }

            if (mayLeaveUnfinished)
            {
                db.UnfinishedUploads.Add(
                    new UnfinishedUpload
                    {
                        FileId = file.Id,
                        Md5Hash = file.Md5Hash,
                        BegunAt = file.CreatedAt,
                    }
                );
                await db.SaveChangesAsync(ct);
            }
        }

        await objects.PutAsync(key, content.OpenRead(), ct);

        // After a failure from here on the object stays: whether the commit succeeded is unknown, and an orphaned object is
        // harmless while a row without its object is data loss.
        var (outcome, isNew) = await InsertAndLinkAsync();
        if (!isNew || !outcome.TryGetValue(out _, out _))
        {
            // No row refers to it: the same content was stored concurrently, or the quota was exceeded.
            await objects.DeleteAsync(key, CancellationToken.None);
        }

        return outcome;

        async Task<(Result<StoredFile> Outcome, bool IsNew)> InsertAndLinkAsync()
        {
            try
            {
                await using var db = await databases.OpenAsync(scope, ct);
                await using var storing = await db.Database.BeginTransactionAsync(ct);
                if (mayLeaveUnfinished)
                {
                    await db.UnfinishedUploads.Where(upload => upload.FileId == file.Id).ExecuteDeleteAsync(ct);
                }

                var (stored, isNew) = await InsertOrLockAsync(db, file, content, ct);
                if (isNew)
                {
                    db.Outbox.Add(new FileStored(file.Id, file.FileSize, file.Sha256Hash), subject: file.Id);
                }

                return (await LinkAsync(db, stored, isKnown: !isNew, storing), isNew);
            }
            catch (Exception e) when (e is AccessEndedException or TenantConnectionsExhaustedException)
            {
                await objects.DeleteAsync(key, CancellationToken.None); // both are thrown before the commit
                throw;
            }
        }

        async Task<Result<StoredFile>> LinkAsync(TenantDbContext db, StoredFile linked, bool isKnown, IDbContextTransaction transaction)
        {
            link(db, linked, isKnown);
            await db.SaveChangesAsync(ct);
            if (!await ContentUsage.TryAddAsync(db, quotas, documents: 1, isKnown ? 0 : linked.FileSize, ct))
            {
                return await quotas.ContentExceededAsync(db, isKnown ? 0 : linked.FileSize, ct); // the transaction is rolled back
            }

            await transaction.CommitAsync(ct);
            return linked;
        }
    }

    private static IQueryable<StoredFile> WithSameContent(TenantDbContext db, ReceivedContent content) =>
        db.Files.Where(file => file.Sha256Hash == content.Sha256 && file.FileSize == content.Size);

    // Protects the file from being purged until the commit. Waits for a concurrent purge, and then returns null.
    private static Task<StoredFile?> LockAsync(TenantDbContext db, ReceivedContent content, CancellationToken ct) =>
        db
            .Files.FromSql($"SELECT * FROM files WHERE sha256_hash = {content.Sha256} AND file_size = {content.Size} FOR NO KEY UPDATE")
            .AsNoTracking()
            .SingleOrDefaultAsync(ct);

    private static async Task<(StoredFile File, bool IsNew)> InsertOrLockAsync(
        TenantDbContext db,
        StoredFile file,
        ReceivedContent content,
        CancellationToken ct
    )
    {
        while (true)
        {
            if (await InsertAsync(db, file, ct))
            {
                return (file, true);
            }

            if (await LockAsync(db, content, ct) is { } known)
            {
                return (known, false);
            }
        } // repeats only if the same content was stored and purged in between
    }

    // Waits for a concurrent insert of the same content and then does nothing.
    private static async Task<bool> InsertAsync(TenantDbContext db, StoredFile file, CancellationToken ct) =>
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO files (id, sha256_hash, md5_hash, file_size, s3_path, media_type, created_at, updated_at, created_by)
            VALUES ({file.Id}, {file.Sha256Hash}, {file.Md5Hash}, {file.FileSize}, {file.ObjectKey}, {file.MediaType}, {file.CreatedAt}, {file.UpdatedAt}, {file.CreatedBy})
            ON CONFLICT (sha256_hash, file_size) DO NOTHING
            """,
            ct
        ) == 1;

    private StoredFile Describe(ReceivedContent content, string? mediaType, Guid tenantId, Guid storedBy)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        return new StoredFile
        {
            Id = id,
            Sha256Hash = content.Sha256,
            Md5Hash = content.Md5,
            FileSize = content.Size,
            ObjectKey = ObjectKey.ForFile(tenantId, id, content.Md5).Value,
            MediaType = mediaType,
            Metadata = NoMetadata,
            CreatedAt = now,
            UpdatedAt = now,
            CreatedBy = storedBy,
        };
    }
}

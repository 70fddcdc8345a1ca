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

/// <summary>Keeps content once per tenant: bytes first, then the row that tells of them, so that no row is ever without its object.</summary>
internal sealed class FileStore(ObjectStore objects, TenantDbFactory databases, TimeProvider clock)
{
    private static readonly JsonElement NoMetadata = JsonElement.Parse("{}");

    /// <summary>
    /// Keeps the content for one more document, and writes what the caller has added to the tenant's database in one transaction with
    /// the file's row. The database is open before and after the object is stored, and not while: others of the tenant go on.
    /// </summary>
    /// <param name="mediaType">What the content is.</param>
    /// <param name="quotas">How much the tenant may have.</param>
    /// <param name="link">Adds what points to the file; called once, with the file and whether the tenant had it already.</param>
    public async Task<Result<StoredFile>> KeepAsync(
        ReceivedContent content, string? mediaType, TenantScope scope, EffectiveQuotas quotas, Guid keptBy, Action<TenantDbContext, StoredFile, bool> link, CancellationToken ct)
    {
        var file = Describe(content, mediaType, scope.TenantId, keptBy);
        var key = ObjectKey.OfFile(scope.TenantId, file.Id, file.Md5Hash);
        var mayLeaveUnfinished = objects.MayLeaveUnfinished(content.Size);
        await using (var db = await databases.OpenAsync(scope, ct))
        {
            if (await Same(db, content).AnyAsync(ct))
            {
                await using var linking = await db.Database.BeginTransactionAsync(ct);
                if (await LockAsync(db, content, ct) is { } known)
                {
                    return await LinkAsync(db, known, isKnown: true, linking);
                }
            } // if it was there and is not any more, it is new

            if (!await ContentUsage.HasRoomAsync(db, quotas, documents: 1, content.Size, ct))
            {
                return await quotas.ContentExceededAsync(db, content.Size, ct); // before the bytes are stored, and not only after
            }

            if (mayLeaveUnfinished)
            {
                db.UnfinishedUploads.Add(new UnfinishedUpload { FileId = file.Id, Md5Hash = file.Md5Hash, BegunAt = file.CreatedAt });
                await db.SaveChangesAsync(ct);
            }
        }

        await objects.PutAsync(key, content.OpenRead(), ct);

        // If this fails from here on, the object stays: whether the commit arrived cannot be known, and an object without
        // a row is litter, while a row without an object would be a loss.
        var (outcome, isNew) = await StoreAsync();
        if (!isNew || !outcome.TryGetValue(out _, out _))
        {
            await objects.DeleteAsync(key, CancellationToken.None); // it is in nobody's row: somebody stored the same content meanwhile, or there was no room
        }

        return outcome;

        async Task<(Result<StoredFile> Outcome, bool IsNew)> StoreAsync()
        {
            try
            {
                await using var db = await databases.OpenAsync(scope, ct);
                await using var storing = await db.Database.BeginTransactionAsync(ct);
                if (mayLeaveUnfinished)
                {
                    await db.UnfinishedUploads.Where(upload => upload.FileId == file.Id).ExecuteDeleteAsync(ct);
                }

                var (kept, isNew) = await InsertOrLockAsync(db, file, content, ct);
                if (isNew)
                {
                    db.Outbox.Add(new FileStored(file.Id, file.FileSize, file.Sha256Hash), subject: file.Id);
                }

                return (await LinkAsync(db, kept, isKnown: !isNew, storing), isNew);
            }
            catch (Exception e) when (e is AccessEndedException or TenantConnectionsExhaustedException)
            {
                await objects.DeleteAsync(key, CancellationToken.None); // both come before the commit
                throw;
            }
        }

        async Task<Result<StoredFile>> LinkAsync(TenantDbContext db, StoredFile linked, bool isKnown, IDbContextTransaction transaction)
        {
            link(db, linked, isKnown);
            await db.SaveChangesAsync(ct);
            if (!await ContentUsage.TryAddAsync(db, quotas, documents: 1, isKnown ? 0 : linked.FileSize, ct))
            {
                return await quotas.ContentExceededAsync(db, isKnown ? 0 : linked.FileSize, ct); // and all of the transaction is undone
            }

            await transaction.CommitAsync(ct);
            return linked;
        }
    }

    private static IQueryable<StoredFile> Same(TenantDbContext db, ReceivedContent content) =>
        db.Files.Where(file => file.Sha256Hash == content.Sha256 && file.FileSize == content.Size);

    // From here to the commit nobody gives the file up. Somebody who is doing just that is waited for, and then there is none.
    private static Task<StoredFile?> LockAsync(TenantDbContext db, ReceivedContent content, CancellationToken ct) =>
        db.Files
            .FromSql($"SELECT * FROM files WHERE sha256_hash = {content.Sha256} AND file_size = {content.Size} FOR NO KEY UPDATE")
            .AsNoTracking()
            .SingleOrDefaultAsync(ct);

    private static async Task<(StoredFile File, bool IsNew)> InsertOrLockAsync(TenantDbContext db, StoredFile file, ReceivedContent content, CancellationToken ct)
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
        } // once more only if the same content was stored and given up within this moment
    }

    // Waits for a transaction that is storing the same content, and then gives way to it without an error.
    private static async Task<bool> InsertAsync(TenantDbContext db, StoredFile file, CancellationToken ct) =>
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO files (id, sha256_hash, md5_hash, file_size, s3_path, media_type, created_at, updated_at, created_by)
            VALUES ({file.Id}, {file.Sha256Hash}, {file.Md5Hash}, {file.FileSize}, {file.ObjectKey}, {file.MediaType}, {file.CreatedAt}, {file.UpdatedAt}, {file.CreatedBy})
            ON CONFLICT (sha256_hash, file_size) DO NOTHING
            """, ct) == 1;

    private StoredFile Describe(ReceivedContent content, string? mediaType, Guid tenantId, Guid keptBy)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        return new StoredFile
        {
            Id = id,
            Sha256Hash = content.Sha256,
            Md5Hash = content.Md5,
            FileSize = content.Size,
            ObjectKey = ObjectKey.OfFile(tenantId, id, content.Md5).Value,
            MediaType = mediaType,
            Metadata = NoMetadata,
            CreatedAt = now,
            UpdatedAt = now,
            CreatedBy = keptBy,
        };
    }
}

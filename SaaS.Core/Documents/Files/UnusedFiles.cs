using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Documents.Files;

/// <summary>
/// Purges files that no document uses: the row, its bytes in the tenant's usage and the event that deletes its object, in one transaction.
/// A document that is added concurrently keeps the file, or stores the content again.
/// </summary>
internal static class UnusedFiles
{
    public static IQueryable<StoredFile> Query(TenantDbContext db) => db.Files.AsNoTracking().Where(file => file.DocumentCount == 0);

    /// <summary>Returns when the first unused file is due for removal; null when there is none.</summary>
    public static async Task<DateTimeOffset?> GetFirstDueAsync(TenantDbContext db, TimeSpan retention, CancellationToken ct) =>
        await Query(db).MinAsync(file => file.UnusedSince, ct) + retention;

    /// <param name="unusedBefore">Only files that have been unused since this time or longer; null for all.</param>
    /// <param name="fileId">Only this file; null for all.</param>
    /// <param name="atMost">The maximum number of files.</param>
    public static async Task<IReadOnlyList<RemovedFile>> PurgeAsync(
        TenantDbContext db,
        DateTimeOffset? unusedBefore,
        Guid? fileId,
        int atMost,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var removed = await db
            .Database.SqlQuery<RemovedFile>(
                $"""
                DELETE FROM files WHERE id IN (
                    SELECT id FROM files
                    WHERE document_count = 0 AND ({unusedBefore}::timestamptz IS NULL OR unused_since <= {unusedBefore}) AND ({fileId}::uuid IS NULL OR id = {fileId})
                    ORDER BY unused_since, id LIMIT {atMost} FOR UPDATE)
                RETURNING id, md5_hash AS md5, file_size AS size
                """
            )
            .ToListAsync(ct);

        if (removed.Count == 0)
        {
            return removed;
        }

        foreach (var file in removed)
        {
            db.Outbox.Add(new FileDeleted(file.Id, file.Size, file.Md5), subject: file.Id);
            db.Audit.Record(AuditAction.FileDeleted, file.Id, AuditDetails.Create("file_size", file.Size).With("md5_hash", file.Md5));
        }

        await db.SaveChangesAsync(ct);
        await ContentUsage.SubtractAsync(db, documents: 0, removed.Sum(file => file.Size), ct);
        await transaction.CommitAsync(ct);
        return removed;
    }
}

/// <summary>A removed file.</summary>
/// <param name="Size">Size in bytes.</param>
internal sealed record RemovedFile(Guid Id, string Md5, long Size);

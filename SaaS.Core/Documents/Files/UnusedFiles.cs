using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Documents.Files;

/// <summary>
/// Gives up content that no document shows: its row, its bytes in the tenant's usage and the event that takes its object
/// away, in one transaction. A document that is added at the same moment wins, or stores the content anew.
/// </summary>
internal static class UnusedFiles
{
    public static IQueryable<StoredFile> In(TenantDbContext db) => db.Files.AsNoTracking().Where(file => file.DocumentCount == 0);

    /// <summary>When the first of them may go; null when there is none.</summary>
    public static async Task<DateTimeOffset?> FirstDueAsync(TenantDbContext db, TimeSpan kept, CancellationToken ct) =>
        await In(db).MinAsync(file => file.UnusedSince, ct) + kept;

    /// <param name="unusedBefore">Only what has been unused since then or longer.</param>
    /// <param name="fileId">Only this one.</param>
    /// <param name="atMost">How many at once.</param>
    public static async Task<IReadOnlyList<RemovedFile>> RemoveAsync(TenantDbContext db, DateTimeOffset? unusedBefore, Guid? fileId, int atMost, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var removed = await db.Database.SqlQuery<RemovedFile>(
            $"""
            DELETE FROM files WHERE id IN (
                SELECT id FROM files
                WHERE document_count = 0 AND ({unusedBefore}::timestamptz IS NULL OR unused_since <= {unusedBefore}) AND ({fileId}::uuid IS NULL OR id = {fileId})
                ORDER BY unused_since, id LIMIT {atMost} FOR UPDATE)
            RETURNING id, md5_hash AS md5, file_size AS size
            """).ToListAsync(ct);

        if (removed.Count == 0)
        {
            return removed;
        }

        foreach (var file in removed)
        {
            db.Outbox.Add(new FileDeleted(file.Id, file.Size, file.Md5), subject: file.Id);
            db.Audit.Record(AuditAction.FileDeleted, file.Id, AuditDetails.Of("file_size", file.Size).With("md5_hash", file.Md5));
        }

        await db.SaveChangesAsync(ct);
        await ContentUsage.TakeAsync(db, documents: 0, removed.Sum(file => file.Size), ct);
        await transaction.CommitAsync(ct);
        return removed;
    }
}

/// <summary>A file that is gone.</summary>
/// <param name="Size">Bytes.</param>
internal sealed record RemovedFile(Guid Id, string Md5, long Size);

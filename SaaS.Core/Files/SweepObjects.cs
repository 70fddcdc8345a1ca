using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Audit;
using SaaS.Core.Databases;
using SaaS.Platform.Objects;

namespace SaaS.Core.Files;

/// <summary>
/// Compares one tenant's files with its objects, in both directions: an object that no file knows of is litter of an
/// upload that was cut off, and goes; a file whose object is missing is a loss, and is told. It also notes unused files
/// that no hint tells of.
/// </summary>
internal sealed partial class SweepObjects(
    BackgroundGate gate, TenantDbFactory databases, ObjectStore objects, UnusedFileHints hints, IOptions<RetentionOptions> retention, TimeProvider clock, ILogger<SweepObjects> logger)
{
    private const int RowsAtOnce = 1_000;

    /// <returns>How many objects were removed, and of how many files the object is missing.</returns>
    public async Task<(int Litter, int Missing)> RunAsync(Guid tenantId, CancellationToken ct)
    {
        if (await gate.EnterAsync(tenantId, Actor.Job(SweepObjectsJob.Name), ct) is not { } scope)
        {
            return (0, 0);
        }

        var began = clock.GetUtcNow();
        var place = ObjectKey.FilesOf(tenantId);
        var old = began - retention.Value.KeepUnknownObjects;

        // First the objects, then the rows: an object is there before its row, so a row that is read now and had its object
        // then is in the list. What was stored or given up in between is looked at once more by itself.
        var listed = new Dictionary<ObjectKey, DateTimeOffset>();
        await foreach (var stored in objects.ListAsync(place, ct))
        {
            listed[stored.Key] = stored.StoredAt;
        }

        var missing = 0;
        await using var db = await databases.OpenAsync(scope, ct);
        await foreach (var file in ReadFilesAsync(db, ct))
        {
            var key = ObjectKey.OfFile(tenantId, file.Id, file.Md5Hash);
            if (!listed.Remove(key) && await IsLostAsync(db, file, key, ct))
            {
                missing++;
            }
        }

        await db.SaveChangesAsync(ct);
        await NoteUnusedAsync(db, ct);

        var litter = await DeleteBegunAsync(db, old, ct) + await objects.DeleteUnfinishedAsync(place, old, ct);
        foreach (var (key, _) in listed.Where(stored => stored.Value < old))
        {
            await objects.DeleteAsync(key, ct);
            litter++;
        }

        return (litter, missing);
    }

    // By the rows of the writers first: not every store lists the unfinished objects of a whole tenant.
    private async Task<int> DeleteBegunAsync(TenantDb db, DateTimeOffset old, CancellationToken ct)
    {
        var deleted = 0;
        foreach (var upload in await db.UnfinishedUploads.AsNoTracking().Where(upload => upload.BegunAt < old).ToListAsync(ct))
        {
            deleted += await objects.DeleteUnfinishedAsync(ObjectKey.OfFile(db.Scope.TenantId, upload.FileId, upload.Md5Hash), ct);
            await db.UnfinishedUploads.Where(noted => noted.FileId == upload.FileId).ExecuteDeleteAsync(ct); // its writer may have been faster
        }

        return deleted;
    }

    private static async IAsyncEnumerable<StoredFile> ReadFilesAsync(TenantDb db, [EnumeratorCancellation] CancellationToken ct)
    {
        var last = Guid.Empty;
        while (true)
        {
            var page = await db.Files.AsNoTracking().Where(file => file.Id > last).OrderBy(file => file.Id).Take(RowsAtOnce).ToListAsync(ct);
            foreach (var file in page)
            {
                yield return file;
            }

            if (page.Count < RowsAtOnce)
            {
                yield break;
            }

            last = page[^1].Id;
        }
    }

    private async Task<bool> IsLostAsync(TenantDb db, StoredFile file, ObjectKey key, CancellationToken ct)
    {
        if (await objects.ExistsAsync(key, ct)
            || !await db.Files.AnyAsync(candidate => candidate.Id == file.Id, ct))
        {
            return false;
        }

        db.Audit.Record(AuditAction.FileObjectMissing, file.Id, AuditDetails.Of("file_size", file.FileSize).With("md5_hash", file.Md5Hash));
        LogLost(db.Scope.TenantId, file.Id);
        return true;
    }

    private async Task NoteUnusedAsync(TenantDb db, CancellationToken ct)
    {
        if (await UnusedFiles.FirstDueAsync(db, retention.Value.KeepUnused, ct) is { } due)
        {
            await hints.MarkAsync(db.Scope.TenantId, due, ct);
        }
    }

    [LoggerMessage(EventId = 6102, Level = LogLevel.Error, Message = "The object of file {FileId} in tenant {TenantId} is missing: its bytes are lost, unless a backup has them")]
    private partial void LogLost(Guid tenantId, Guid fileId);
}

using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Infrastructure.Objects;

namespace SaaS.Core.Documents.Files;

/// <summary>
/// Compares the files of a tenant with its objects: deletes orphaned objects of interrupted uploads and reports files whose object is
/// missing. It also marks unused files that have no marker.
/// </summary>
internal sealed partial class CollectOrphanedObjects(
    SystemTenantAccess access,
    TenantDbFactory databases,
    ObjectStore objects,
    UnusedFileMarkers markers,
    IOptions<RetentionOptions> retention,
    TimeProvider clock,
    ILogger<CollectOrphanedObjects> logger
)
{
    private const int RowsAtOnce = 1_000;

    /// <returns>The number of deleted objects, and of files without their object.</returns>
    public async Task<(int Orphaned, int Missing)> RunAsync(Guid tenantId, CancellationToken ct)
    {
        if (await access.GetScopeAsync(tenantId, Actor.Job(CollectOrphanedObjectsJob.Name), ct) is not { } scope)
        {
            return (0, 0);
        }

        var startedAt = clock.GetUtcNow();
        var prefix = ObjectKey.FilesOf(tenantId);
        var old = startedAt - retention.Value.OrphanRetention;

        // Objects are listed before rows are read: an object precedes its row, so the list has the object of every older row.
        // Files that were stored or purged in between are checked again one by one.
        var listed = new Dictionary<ObjectKey, DateTimeOffset>();
        await foreach (var stored in objects.ListAsync(prefix, ct))
        {
            listed[stored.Key] = stored.StoredAt;
        }

        var missing = 0;
        await using var db = await databases.OpenAsync(scope, ct);
        await foreach (var file in ReadFilesAsync(db, ct))
        {
            var key = ObjectKey.ForFile(tenantId, file.Id, file.Md5Hash);
            if (!listed.Remove(key) && await IsLostAsync(db, file, key, ct))
            {
                missing++;
            }
        }

        await db.SaveChangesAsync(ct);
        await MarkUnusedAsync(db, ct);

        var orphaned = await DeleteUnfinishedAsync(db, old, ct) + await objects.DeleteUnfinishedAsync(prefix, old, ct);
        foreach (var (key, _) in listed.Where(stored => stored.Value < old))
        {
            await objects.DeleteAsync(key, ct);
            orphaned++;
        }

        return (orphaned, missing);
    }

    // Uses the rows of interrupted uploads first: not every object store lists unfinished objects by prefix.
    private async Task<int> DeleteUnfinishedAsync(TenantDbContext db, DateTimeOffset old, CancellationToken ct)
    {
        var deleted = 0;
        foreach (var upload in await db.UnfinishedUploads.AsNoTracking().Where(upload => upload.BegunAt < old).ToListAsync(ct))
        {
            deleted += await objects.DeleteUnfinishedAsync(ObjectKey.ForFile(db.Scope.TenantId, upload.FileId, upload.Md5Hash), ct);
            await db.UnfinishedUploads.Where(row => row.FileId == upload.FileId).ExecuteDeleteAsync(ct); // its writer may have been faster
        }

        return deleted;
    }

    private static async IAsyncEnumerable<StoredFile> ReadFilesAsync(TenantDbContext db, [EnumeratorCancellation] CancellationToken ct)
    {
        var last = Guid.Empty;
        while (true)
        {
            var page = await db
                .Files.AsNoTracking()
                .Where(file => file.Id > last)
                .OrderBy(file => file.Id)
                .Take(RowsAtOnce)
                .ToListAsync(ct);
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

    private async Task<bool> IsLostAsync(TenantDbContext db, StoredFile file, ObjectKey key, CancellationToken ct)
    {
        if (await objects.ExistsAsync(key, ct) || !await db.Files.AnyAsync(candidate => candidate.Id == file.Id, ct))
        {
            return false;
        }

        db.Audit.Record(
            AuditAction.FileObjectMissing,
            file.Id,
            AuditDetails.Create("file_size", file.FileSize).With("md5_hash", file.Md5Hash)
        );
        LogLost(db.Scope.TenantId, file.Id);
        return true;
    }

    private async Task MarkUnusedAsync(TenantDbContext db, CancellationToken ct)
    {
        if (await UnusedFiles.GetFirstDueAsync(db, retention.Value.UnusedRetention, ct) is { } due)
        {
            await markers.MarkAsync(db.Scope.TenantId, due, ct);
        }
    }

    [LoggerMessage(
        EventId = 6102,
        Level = LogLevel.Error,
        Message = "The object of file {FileId} in tenant {TenantId} is missing: its content is lost unless a backup has it"
    )]
    private partial void LogLost(Guid tenantId, Guid fileId);
}

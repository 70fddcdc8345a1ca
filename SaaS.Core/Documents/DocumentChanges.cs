using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Documents.Files;
using SaaS.Core.Http;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Documents;

/// <summary>
/// What changing one document means, in the caller's transaction, whether it is asked for alone or with others: who may,
/// what is told and what is recorded.
/// </summary>
internal static class DocumentChanges
{
    /// <param name="filename">Null to leave it.</param>
    /// <param name="mimeType">Null to leave it.</param>
    public static async Task<Result<Document>> UpdateAsync(TenantDbContext db, Guid id, string? filename, string? mimeType, CurrentUser currentUser, UploadOptions options, DateTimeOffset now, CancellationToken ct)
    {
        // Locked: whoever deletes it meanwhile waits, or has done so.
        if (await db.Documents.FromSql($"SELECT * FROM documents WHERE id = {id} FOR NO KEY UPDATE").SingleOrDefaultAsync(ct) is not { } document)
        {
            return DocumentProblems.NotFound;
        }

        if (!MayChange(db.Scope, currentUser, document.UserId))
        {
            return DocumentProblems.NotYours;
        }

        await db.Entry(document).Reference(one => one.File).LoadAsync(ct);
        if (filename is not null)
        {
            if (!DocumentLabels.ReadName(filename, options).TryGetValue(out var name, out var badName))
            {
                return badName;
            }

            document.Filename = name;
        }

        if (mimeType?.Trim().ToLowerInvariant() is { } claimed && claimed != document.MimeType)
        {
            if (!DocumentLabels.DecideType(claimed, document.File!.MediaType, isCorrected: false, options).TryGetValue(out var type, out var badType))
            {
                return badType;
            }

            document.MimeType = type;
        }

        document.UpdatedAt = now;
        db.Outbox.Add(new DocumentUpdated(id, currentUser.UserId), subject: id);
        db.Audit.Record(AuditAction.DocumentUpdated, id, AuditDetails.None.Changed(db.Entry(document), nameof(Document.Filename), nameof(Document.MimeType)));
        return document;
    }

    public static async Task<Result<DeletedDocument>> DeleteAsync(TenantDbContext db, Guid id, CurrentUser currentUser, CancellationToken ct)
    {
        var document = await db.Documents.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == id, ct);
        if (document is not null && !MayChange(db.Scope, currentUser, document.UserId))
        {
            return DocumentProblems.NotYours;
        }

        if (document is null || await db.Documents.Where(candidate => candidate.Id == id).ExecuteDeleteAsync(ct) == 0)
        {
            return DocumentProblems.NotFound; // never there, or deleted by somebody else at this moment
        }

        var isOrphaned = await db.Files.Where(file => file.Id == document.FileId).Select(file => file.DocumentCount == 0).SingleAsync(ct);
        db.Outbox.Add(new DocumentDeleted(id, document.FileId, currentUser.UserId, isOrphaned), subject: id);
        db.Audit.Record(AuditAction.DocumentDeleted, id, AuditDetails.Of("filename", document.Filename).With("file_id", document.FileId));
        return new DeletedDocument(id, isOrphaned);
    }

    /// <summary>Saves what was deleted, and takes it from the tenant's usage.</summary>
    public static async Task SaveDeletedAsync(TenantDbContext db, int count, CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        await ContentUsage.TakeAsync(db, count, bytes: 0, ct);
    }

    private static bool MayChange(TenantScope scope, CurrentUser currentUser, Guid ownerId) => scope.Role is TenantRole.Admin || ownerId == currentUser.UserId;
}

/// <summary>A document that is gone.</summary>
/// <param name="DeletedDocumentId">Which.</param>
/// <param name="FileOrphaned">Whether no document shows its content any more.</param>
public sealed record DeletedDocument(Guid DeletedDocumentId, bool FileOrphaned);

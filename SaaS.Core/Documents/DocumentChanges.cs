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
/// Updates and deletes single documents within the current transaction, with permission checks, events and audit entries. The endpoints for
/// one and for several documents share it.
/// </summary>
internal static class DocumentChanges
{
    public static async Task<Result<Document>> UpdateAsync(
        TenantDbContext db,
        DocumentChange change,
        Principal principal,
        UploadOptions options,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var (id, filename, mimeType) = change;
        // Locks the row: a concurrent delete waits, or has already happened.
        if (
            await db.Documents.FromSql($"SELECT * FROM documents WHERE id = {id} FOR NO KEY UPDATE").SingleOrDefaultAsync(ct)
            is not { } document
        )
        {
            return DocumentProblems.NotFound;
        }

        if (!MayChange(db.Scope, principal, document.UserId))
        {
            return DocumentProblems.NotOwner;
        }

        await db.Entry(document).Reference(one => one.File).LoadAsync(ct);
        if (filename is not null)
        {
            if (!DocumentLabels.ValidateName(filename, options).TryGetValue(out var name, out var badName))
            {
                return badName;
            }

            document.Filename = name;
        }

        if (mimeType?.Trim().ToLowerInvariant() is { } claimed && claimed != document.MimeType)
        {
            if (
                !DocumentLabels
                    .ResolveType(claimed, document.File!.MediaType, isCorrected: false, options)
                    .TryGetValue(out var type, out var badType)
            )
            {
                return badType;
            }

            document.MimeType = type;
        }

        document.UpdatedAt = now;
        db.Outbox.Add(new DocumentUpdated(id, principal.Id), subject: id);
        db.Audit.Record(
            AuditAction.DocumentUpdated,
            id,
            AuditDetails.Empty.WithChange(db.Entry(document), nameof(Document.Filename), nameof(Document.MimeType))
        );
        return document;
    }

    public static async Task<Result<DeletedDocument>> DeleteAsync(TenantDbContext db, Guid id, Principal principal, CancellationToken ct)
    {
        var document = await db.Documents.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == id, ct);
        if (document is not null && !MayChange(db.Scope, principal, document.UserId))
        {
            return DocumentProblems.NotOwner;
        }

        if (document is null || await db.Documents.Where(candidate => candidate.Id == id).ExecuteDeleteAsync(ct) == 0)
        {
            return DocumentProblems.NotFound; // missing, or deleted concurrently
        }

        var isOrphaned = await db.Files.Where(file => file.Id == document.FileId).Select(file => file.DocumentCount == 0).SingleAsync(ct);
        db.Outbox.Add(new DocumentDeleted(id, document.FileId, principal.Id, isOrphaned), subject: id);
        db.Audit.Record(
            AuditAction.DocumentDeleted,
            id,
            AuditDetails.Create("filename", document.Filename).With("file_id", document.FileId)
        );
        return new DeletedDocument(id, isOrphaned);
    }

    /// <summary>Saves the deletions and subtracts them from the tenant's usage.</summary>
    public static async Task SaveDeletedAsync(TenantDbContext db, int count, CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        await ContentUsage.SubtractAsync(db, count, bytes: 0, ct);
    }

    private static bool MayChange(TenantScope scope, Principal principal, Guid ownerId) =>
        scope.Role is TenantRole.Admin || ownerId == principal.Id;
}

/// <summary>A change of a document.</summary>
/// <param name="Filename">Null to leave it unchanged.</param>
/// <param name="MimeType">Null to leave it unchanged.</param>
internal sealed record DocumentChange(Guid DocumentId, string? Filename, string? MimeType);

/// <summary>A deleted document.</summary>
/// <param name="DeletedDocumentId">The document's id.</param>
/// <param name="FileOrphaned">True when no other document uses its content.</param>
public sealed record DeletedDocument(Guid DeletedDocumentId, bool FileOrphaned);

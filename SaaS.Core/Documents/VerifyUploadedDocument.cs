using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Documents.Files;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Objects;

namespace SaaS.Core.Documents;

/// <summary>Reads an uploaded object back from the object store and records whether its hash matches.</summary>
internal sealed class VerifyUploadedDocument(ObjectStore objects, TenantDbFactory databases, TimeProvider clock)
    : TenantEventConsumer<DocumentUploaded>
{
    public const string Name = "verify-uploaded-document";

    private bool _isWhole;

    public override async Task PrepareAsync(DocumentUploaded fact, TenantScope scope, CancellationToken ct)
    {
        var file = await FindAsync();
        if (file is null)
        {
            return; // deleted meanwhile
        }

        await using var content = await objects.OpenAsync(ObjectKey.ForFile(scope.TenantId, file.Id, file.Md5), ct);
        _isWhole = content is not null && Convert.ToHexStringLower(await SHA256.HashDataAsync(content, ct)) == file.Sha256;

        async Task<StoredContent?> FindAsync()
        {
            await using var db = await databases.OpenAsync(scope, ct); // closed while the content is read
            return await db
                .Files.Where(candidate => candidate.Id == fact.FileId)
                .Select(candidate => new StoredContent(candidate.Id, candidate.Md5Hash, candidate.Sha256Hash))
                .SingleOrDefaultAsync(ct);
        }
    }

    public override async Task ConsumeAsync(DocumentUploaded fact, TenantDbContext db, CancellationToken ct)
    {
        if (await db.Files.SingleOrDefaultAsync(candidate => candidate.Id == fact.FileId, ct) is not { } file)
        {
            return; // deleted meanwhile
        }

        file.VerifiedAt = _isWhole ? clock.GetUtcNow() : null;
        db.Audit.Record(
            _isWhole ? AuditAction.DocumentVerified : AuditAction.DocumentDamaged,
            fact.DocumentId,
            AuditDetails.Create("file_id", fact.FileId)
        );
    }

    private sealed record StoredContent(Guid Id, string Md5, string Sha256);
}

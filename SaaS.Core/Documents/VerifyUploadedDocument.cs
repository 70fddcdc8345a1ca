using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Audit;
using SaaS.Core.Databases;
using SaaS.Core.Events;
using SaaS.Platform.Objects;

namespace SaaS.Core.Documents;

/// <summary>Reads what was uploaded back from the object store, whole, and records whether it is what arrived.</summary>
internal sealed class VerifyUploadedDocument(ObjectStore objects, TimeProvider clock) : TenantEventConsumer<DocumentUploaded>
{
    public const string Name = "verify-uploaded-document";

    public override async Task ConsumeAsync(DocumentUploaded fact, TenantDb db, CancellationToken ct)
    {
        if (await db.Files.SingleOrDefaultAsync(candidate => candidate.Id == fact.FileId, ct) is not { } file)
        {
            return; // deleted meanwhile
        }

        await using var content = await objects.OpenAsync(ObjectKey.OfFile(db.Scope.TenantId, file.Id, file.Md5Hash), ct);
        if (content is not null && Convert.ToHexStringLower(await SHA256.HashDataAsync(content, ct)) == file.Sha256Hash)
        {
            file.VerifiedAt = clock.GetUtcNow();
            db.Audit.Record(AuditAction.DocumentVerified, fact.DocumentId);
        }
        else
        {
            file.VerifiedAt = null;
            db.Audit.Record(AuditAction.DocumentDamaged, fact.DocumentId);
        }
    }
}

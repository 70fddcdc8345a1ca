using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Documents.Files;
using SaaS.Core.Http;
using SaaS.Core.Idempotency;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Documents;

/// <summary>A file, and what it is to be called.</summary>
public sealed class UploadDocumentRequest
{
    /// <summary>The content.</summary>
    [Required]
    public required IFormFile File { get; init; }

    /// <summary>1 to 255 characters, without `/` and `\`; the file's own name unless given.</summary>
    [FormFilename]
    public string? Filename { get; init; }

    /// <summary>Media type such as application/pdf; the file part's content type unless given. What the bytes say otherwise wins.</summary>
    [FromForm(Name = "mime_type"), FormMimeType]
    public string? MimeType { get; init; }
}

internal static class UploadDocument
{
    internal static void Map(RouteGroupBuilder documents) =>
        documents.MapPost("", Handle)
            .Idempotent<ReceivedForm>(form => form.Essence, opensTenantItself: true)
            .RequireTenantRole(TenantRole.User)
            .RequireRateLimiting(RateClass.Upload)
            .Accepts<UploadDocumentRequest>("multipart/form-data")
            .WithMetadata(new RequestSizeLimitAttribute(UploadForm.MaxBodyBytes), new StreamedBody())
            .ProducesProblem(DocumentProblems.NoFile, FileProblems.TooLarge, DocumentProblems.NotMultipart, FileProblems.TypeNotAllowed, FileProblems.TooManyUploads, EffectiveQuotas.Exceeded, HttpProblems.StorageFull);

    /// <summary>Uploads a document.</summary>
    /// <remarks>
    /// Content that the tenant has already is not stored again: the new document shows the same file. Its media type is what
    /// the bytes show; what is given for it counts where the bytes allow it.
    /// </remarks>
    internal static async Task<Results<Created<ApiResponse<DocumentView>>, ProblemResult>> Handle(
        ReceivedForm received, TenantScope scope, ControlDbContext control, CurrentUser currentUser, FileStore files, IdempotencyContext keyed, IOptions<QuotaOptions> platform, TimeProvider clock, CancellationToken ct)
    {
        if (!received.Outcome.TryGetValue(out var form, out var problem))
        {
            return problem.ToHttp();
        }

        var tenantId = scope.TenantId;
        var quotas = await control.Tenants.Where(tenant => tenant.Id == tenantId).Select(tenant => tenant.Quotas).SingleAsync(ct);
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        Created<ApiResponse<DocumentView>>? answer = null;

        var kept = await files.KeepAsync(form.Content, form.Recognised, scope, quotas.Or(platform.Value), keptBy: currentUser.UserId, link: (db, file, isKnown) =>
        {
            var document = new Document { Id = id, Filename = form.Filename, MimeType = form.MimeType, FileId = file.Id, UserId = currentUser.UserId, CreatedAt = now, UpdatedAt = now };
            db.Documents.Add(document);
            db.Outbox.Add(new DocumentUploaded(id, file.Id, currentUser.UserId, Deduplicated: isKnown), subject: id);
            db.Audit.Record(AuditAction.DocumentUploaded, id, AuditDetails.Of("filename", form.Filename).With("mime_type", form.MimeType).With("file_id", file.Id).With("file_size", file.FileSize));
            answer = keyed.StoreResponse(db, ApiResponse.Created($"/api/tenants/{tenantId}/documents/{id}", DocumentView.Of(document, file), "Document uploaded"));
        }, ct);

        return !kept.TryGetValue(out _, out var refusal) ? refusal.ToHttp() : answer!;
    }
}

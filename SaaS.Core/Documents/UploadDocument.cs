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
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Documents;

/// <summary>A file, with an optional name and media type.</summary>
public sealed class UploadDocumentRequest
{
    /// <summary>The content.</summary>
    [Required]
    public required IFormFile File { get; init; }

    /// <summary>1 to 255 characters, without `/` and `\`; defaults to the file's own name.</summary>
    [FormFilename]
    public string? Filename { get; init; }

    /// <summary>
    /// Media type such as application/pdf; defaults to the content type of the file part. A type that contradicts the bytes is replaced.
    /// </summary>
    [FromForm(Name = "mime_type"), FormMimeType]
    public string? MimeType { get; init; }
}

internal static class UploadDocument
{
    internal static void Map(RouteGroupBuilder documents) =>
        documents
            .MapPost("", Handle)
            .Idempotent<ReceivedForm>(form => form.Fingerprint, opensTenantItself: true)
            .RequireTenantRole(TenantRole.User)
            .RequireScope(ApiScope.DocumentsWrite)
            .RequireRateLimiting(RateLimitClass.Upload)
            .Accepts<UploadDocumentRequest>("multipart/form-data")
            .WithMetadata(new RequestSizeLimitAttribute(UploadForm.MaxBodyBytes), new StreamedBodyMetadata())
            .ProducesProblem(
                DocumentProblems.NoFile,
                FileProblems.TooLarge,
                DocumentProblems.NotMultipart,
                FileProblems.TypeNotAllowed,
                FileProblems.TooManyUploads,
                EffectiveQuotas.Exceeded,
                HttpProblems.StorageFull
            );

    /// <summary>Uploads a document.</summary>
    /// <remarks>
    /// Content that the tenant already has is not stored again: the new document uses the same file. The media type is detected from the
    /// bytes; a given type counts where the bytes allow it.
    /// </remarks>
    internal static async Task<Results<Created<ApiResponse<DocumentView>>, ProblemResult>> Handle(
        ReceivedForm received,
        TenantScope scope,
        Principal principal,
        IdempotencyContext keyed,
        [AsParameters] Services services,
        CancellationToken ct
    )
    {
        if (!received.Outcome.TryGetValue(out var form, out var problem))
        {
            return problem.ToHttp();
        }

        var (control, files, platform, clock) = services;
        var tenantId = scope.TenantId;
        var quotas = await control.Tenants.Where(tenant => tenant.Id == tenantId).Select(tenant => tenant.Quotas).SingleAsync(ct);
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        Created<ApiResponse<DocumentView>>? response = null;

        var stored = await files.StoreAsync(
            form.Content,
            form.DetectedType,
            scope,
            EffectiveQuotas.From(quotas, platform.Value),
            storedBy: principal.Id,
            link: (db, file, isKnown) =>
            {
                var document = new Document
                {
                    Id = id,
                    Filename = form.Filename,
                    MimeType = form.MimeType,
                    FileId = file.Id,
                    UserId = principal.Id,
                    CreatedAt = now,
                    UpdatedAt = now,
                };
                db.Documents.Add(document);
                db.Outbox.Add(new DocumentUploaded(id, file.Id, principal.Id, Deduplicated: isKnown), subject: id);
                db.Audit.Record(
                    AuditAction.DocumentUploaded,
                    id,
                    AuditDetails
                        .Create("filename", form.Filename)
                        .With("mime_type", form.MimeType)
                        .With("file_id", file.Id)
                        .With("file_size", file.FileSize)
                );
                response = keyed.StoreResponse(
                    db,
                    ApiResponse.Created($"/api/tenants/{tenantId}/documents/{id}", DocumentView.From(document, file), "Document uploaded")
                );
            },
            ct
        );

        return !stored.TryGetValue(out _, out var refusal) ? refusal.ToHttp() : response!;
    }

    internal sealed record Services(ControlDbContext Control, FileStore Files, IOptions<QuotaOptions> PlatformQuotas, TimeProvider Clock);
}

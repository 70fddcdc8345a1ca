using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Documents.Files;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents;

/// <summary>Changes to a document; omitted fields stay.</summary>
public sealed record UpdateDocumentRequest
{
    /// <summary>1 to 255 characters, without `/` and `\`.</summary>
    [Filename]
    public string Filename { get; init; } = null!; // null means omitted: an explicit null is rejected

    /// <summary>Media type such as application/pdf; the content's bytes must allow it.</summary>
    [MimeType]
    public string MimeType { get; init; } = null!;
}

internal static class UpdateDocument
{
    internal static void Map(RouteGroupBuilder documents)
    {
        documents
            .MapPut("/{documentId:guid}", Handle)
            .RequireTenantRole(TenantRole.User)
            .RequireScope(ApiScope.DocumentsWrite)
            .ProducesProblem(
                DocumentProblems.NotFound,
                DocumentProblems.NothingToChange,
                DocumentProblems.NotOwner,
                FileProblems.TypeNotAllowed
            );
        documents
            .MapPatch("/{documentId:guid}", Handle)
            .WithName("patchDocument")
            .RequireTenantRole(TenantRole.User)
            .RequireScope(ApiScope.DocumentsWrite)
            .ProducesProblem(
                DocumentProblems.NotFound,
                DocumentProblems.NothingToChange,
                DocumentProblems.NotOwner,
                FileProblems.TypeNotAllowed
            );
    }

    /// <summary>Renames a document or changes its media type. Only its owner and admins may.</summary>
    /// <remarks>The stored content does not change.</remarks>
    internal static async Task<Results<Ok<ApiResponse<DocumentView>>, ProblemResult>> Handle(
        Guid documentId,
        UpdateDocumentRequest request,
        TenantDbContext db,
        Principal principal,
        IOptions<UploadOptions> options,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (request is { Filename: null, MimeType: null })
        {
            return DocumentProblems.NothingToChange.ToHttp();
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var changed = await DocumentChanges.UpdateAsync(
            db,
            new DocumentChange(documentId, request.Filename, request.MimeType),
            principal,
            options.Value,
            clock.GetUtcNow(),
            ct
        );
        if (!changed.TryGetValue(out var document, out var problem))
        {
            return problem.ToHttp();
        }

        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return ApiResponse.Ok(DocumentView.From(document, document.File!), "Document updated");
    }
}

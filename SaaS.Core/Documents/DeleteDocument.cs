using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents;

internal static class DeleteDocument
{
    internal static void Map(RouteGroupBuilder documents) =>
        documents
            .MapDelete("/{documentId:guid}", Handle)
            .RequireTenantRole(TenantRole.User)
            .RequireScope(ApiScope.DocumentsWrite)
            .ProducesProblem(DocumentProblems.NotFound, DocumentProblems.NotOwner);

    /// <summary>Deletes a document. Only its owner and admins may.</summary>
    /// <remarks>Content that no other document uses is kept for a while and then purged.</remarks>
    internal static async Task<Results<Ok<ApiResponse<DeletedDocument>>, ProblemResult>> Handle(
        Guid documentId,
        TenantDbContext db,
        Principal principal,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var outcome = await DocumentChanges.DeleteAsync(db, documentId, principal, ct);
        if (!outcome.TryGetValue(out var deleted, out var problem))
        {
            return problem.ToHttp();
        }

        await DocumentChanges.SaveDeletedAsync(db, count: 1, ct);
        await transaction.CommitAsync(ct);
        return ApiResponse.Ok(deleted, "Document deleted");
    }
}

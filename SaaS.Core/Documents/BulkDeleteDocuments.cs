using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Idempotency;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents;

/// <summary>Which documents are to go.</summary>
public sealed record BulkDeleteRequest
{
    /// <summary>1 to 100 ids; one that is named twice is deleted once.</summary>
    [MinLength(1), MaxLength(BulkResult.MaxItems)]
    public required IReadOnlyList<Guid> DocumentIds { get; init; }
}

internal static class BulkDeleteDocuments
{
    internal static void Map(RouteGroupBuilder documents) =>
        documents.MapPost("/bulk-delete", Handle).Idempotent<BulkDeleteRequest>().RequireTenantRole(TenantRole.User).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Deletes up to 100 documents, and says of each what became of it.</summary>
    /// <remarks>What cannot be deleted is left, and the others are deleted all the same.</remarks>
    internal static async Task<Ok<ApiResponse<BulkResult>>> Handle(BulkDeleteRequest request, TenantDbContext db, CurrentUser currentUser, IdempotencyContext keyed, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await LockFilesAsync(db, request.DocumentIds, ct);

        var refusals = new Dictionary<Guid, Problem?>();
        foreach (var id in request.DocumentIds.Distinct().Order())
        {
            refusals[id] = !(await DocumentChanges.DeleteAsync(db, id, currentUser, ct)).TryGetValue(out _, out var problem) ? problem : null;
        }

        var answer = keyed.StoreResponse(db, ApiResponse.Ok(BulkResult.Of([.. request.DocumentIds.Distinct().Select(id => BulkItem.Of(id, refusals[id]))]), "Documents deleted"));
        await DocumentChanges.SaveDeletedAsync(db, refusals.Values.Count(refusal => refusal is null), ct);
        await transaction.CommitAsync(ct);
        return answer;
    }

    // In the order of their ids: two requests about the same files wait for each other, and never in a circle.
    private static async Task LockFilesAsync(TenantDbContext db, IReadOnlyList<Guid> documentIds, CancellationToken ct) =>
        await db.Database.ExecuteSqlAsync(
            $"SELECT FROM files WHERE id IN (SELECT file_id FROM documents WHERE id = ANY({documentIds.ToArray()})) ORDER BY id FOR NO KEY UPDATE", ct);
}

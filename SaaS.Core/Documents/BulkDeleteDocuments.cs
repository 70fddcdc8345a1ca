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

/// <summary>The documents to delete.</summary>
public sealed record BulkDeleteRequest
{
    /// <summary>1 to 100 document ids; a repeated id is deleted once.</summary>
    [MinLength(1), MaxLength(BulkResult.MaxItems)]
    public required IReadOnlyList<Guid> DocumentIds { get; init; }
}

internal static class BulkDeleteDocuments
{
    internal static void Map(RouteGroupBuilder documents) =>
        documents
            .MapPost("/bulk-delete", Handle)
            .Idempotent<BulkDeleteRequest>()
            .RequireTenantRole(TenantRole.User)
            .RequireScope(ApiScope.DocumentsWrite)
            .ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Deletes up to 100 documents and returns the result of each.</summary>
    /// <remarks>A document that cannot be deleted does not affect the others.</remarks>
    internal static async Task<Ok<ApiResponse<BulkResult>>> Handle(
        BulkDeleteRequest request,
        TenantDbContext db,
        Principal principal,
        IdempotencyContext keyed,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await LockFilesAsync(db, request.DocumentIds, ct);

        var problems = new Dictionary<Guid, Problem?>();
        foreach (var id in request.DocumentIds.Distinct().Order())
        {
            problems[id] = !(await DocumentChanges.DeleteAsync(db, id, principal, ct)).TryGetValue(out _, out var problem) ? problem : null;
        }

        var response = keyed.StoreResponse(
            db,
            ApiResponse.Ok(
                BulkResult.From([.. request.DocumentIds.Distinct().Select(id => BulkItem.From(id, problems[id]))]),
                "Documents deleted"
            )
        );
        await DocumentChanges.SaveDeletedAsync(db, problems.Values.Count(refusal => refusal is null), ct);
        await transaction.CommitAsync(ct);
        return response;
    }

    // Locks in the order of ids, so that concurrent requests for the same files cannot deadlock.
    private static async Task LockFilesAsync(TenantDbContext db, IReadOnlyList<Guid> documentIds, CancellationToken ct) =>
        await db.Database.ExecuteSqlAsync(
            $"SELECT FROM files WHERE id IN (SELECT file_id FROM documents WHERE id = ANY({documentIds.ToArray()})) ORDER BY id FOR NO KEY UPDATE",
            ct
        );
}

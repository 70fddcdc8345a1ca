using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Documents.Files;
using SaaS.Core.Http;
using SaaS.Core.Idempotency;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents;

/// <summary>Changes to several documents.</summary>
public sealed record BulkUpdateRequest
{
    /// <summary>1 to 100 documents, each once.</summary>
    [MinLength(1), MaxLength(BulkResult.MaxItems), NoNulls]
    public required IReadOnlyList<BulkUpdateItem> Documents { get; init; }
}

/// <summary>Changes to one document; omitted fields stay.</summary>
public sealed record BulkUpdateItem
{
    /// <summary>The document's id.</summary>
    public required Guid DocumentId { get; init; }

    /// <summary>1 to 255 characters, without `/` and `\`.</summary>
    [Filename]
    public string Filename { get; init; } = null!; // null means omitted: an explicit null is rejected

    /// <summary>Media type such as application/pdf; the content's bytes must allow it.</summary>
    [MimeType]
    public string MimeType { get; init; } = null!;
}

internal static class BulkUpdateDocuments
{
    private static readonly Problem NamedTwice = Problem.ForField("documents", "Names a document twice.");

    internal static void Map(RouteGroupBuilder documents) =>
        documents
            .MapPost("/bulk-update", Handle)
            .Idempotent<BulkUpdateRequest>()
            .RequireTenantRole(TenantRole.User)
            .RequireScope(ApiScope.DocumentsWrite)
            .ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Renames up to 100 documents or changes their media types, and returns the result of each.</summary>
    /// <remarks>A document that cannot be changed does not affect the others.</remarks>
    internal static async Task<Results<Ok<ApiResponse<BulkResult>>, ProblemResult>> Handle(
        BulkUpdateRequest request,
        TenantDbContext db,
        Principal principal,
        IdempotencyContext keyed,
        IOptions<UploadOptions> options,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (request.Documents.DistinctBy(item => item.DocumentId).Count() < request.Documents.Count)
        {
            return NamedTwice.ToHttp();
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var problems = new Dictionary<Guid, Problem?>();
        foreach (var item in request.Documents.OrderBy(item => item.DocumentId)) // ordered by id to avoid deadlocks
        {
            problems[item.DocumentId] = await UpdateAsync(item);
        }

        var response = keyed.StoreResponse(
            db,
            ApiResponse.Ok(
                BulkResult.From([.. request.Documents.Select(item => BulkItem.From(item.DocumentId, problems[item.DocumentId]))]),
                "Documents updated"
            )
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return response;

        async Task<Problem?> UpdateAsync(BulkUpdateItem item) =>
            item is { Filename: null, MimeType: null } ? DocumentProblems.NothingToChange
            : !(
                await DocumentChanges.UpdateAsync(
                    db,
                    new DocumentChange(item.DocumentId, item.Filename, item.MimeType),
                    principal,
                    options.Value,
                    clock.GetUtcNow(),
                    ct
                )
            ).TryGetValue(out _, out var problem)
                ? problem
            : null;
    }
}

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

/// <summary>What is to change in which documents.</summary>
public sealed record BulkUpdateRequest
{
    /// <summary>1 to 100 documents, each once.</summary>
    [MinLength(1), MaxLength(BulkResult.MaxItems), NoNulls]
    public required IReadOnlyList<BulkUpdateItem> Documents { get; init; }
}

/// <summary>What is to change in one document; what is left out stays.</summary>
public sealed record BulkUpdateItem
{
    /// <summary>Which.</summary>
    public required Guid DocumentId { get; init; }

    /// <summary>1 to 255 characters, without `/` and `\`.</summary>
    [Filename]
    public string Filename { get; init; } = null!; // null means that it was left out: the reader refuses a null that was sent

    /// <summary>Media type such as application/pdf; one that the content's bytes allow.</summary>
    [MimeType]
    public string MimeType { get; init; } = null!;
}

internal static class BulkUpdateDocuments
{
    private static readonly Problem NamedTwice = Problem.OfField("documents", "Names a document twice.");

    internal static void Map(RouteGroupBuilder documents) =>
        documents.MapPost("/bulk-update", Handle).Idempotent<BulkUpdateRequest>().RequireTenantRole(TenantRole.User).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Gives up to 100 documents another name or media type, and says of each what became of it.</summary>
    /// <remarks>What cannot be changed is left, and the others are changed all the same.</remarks>
    internal static async Task<Results<Ok<ApiResponse<BulkResult>>, ProblemResult>> Handle(
        BulkUpdateRequest request, TenantDbContext db, CurrentUser currentUser, IdempotencyContext keyed, IOptions<UploadOptions> options, TimeProvider clock, CancellationToken ct)
    {
        if (request.Documents.DistinctBy(item => item.DocumentId).Count() < request.Documents.Count)
        {
            return NamedTwice.ToHttp();
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var refusals = new Dictionary<Guid, Problem?>();
        foreach (var item in request.Documents.OrderBy(item => item.DocumentId)) // in this order: two requests never wait for each other in a circle
        {
            refusals[item.DocumentId] = await UpdateAsync(item);
        }

        var answer = keyed.StoreResponse(db, ApiResponse.Ok(BulkResult.Of([.. request.Documents.Select(item => BulkItem.Of(item.DocumentId, refusals[item.DocumentId]))]), "Documents updated"));
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return answer;

        async Task<Problem?> UpdateAsync(BulkUpdateItem item) =>
            item is { Filename: null, MimeType: null } ? DocumentProblems.NothingToChange
            : !(await DocumentChanges.UpdateAsync(db, item.DocumentId, item.Filename, item.MimeType, currentUser, options.Value, clock.GetUtcNow(), ct)).TryGetValue(out _, out var problem) ? problem
            : null;
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents;

internal static class GetDocument
{
    internal static void Map(RouteGroupBuilder documents) =>
        documents.MapGet("/{documentId:guid}", Handle).RequireScope(ApiScope.DocumentsRead).ProducesProblem(DocumentProblems.NotFound);

    /// <summary>Returns a document.</summary>
    internal static async Task<Results<Ok<ApiResponse<DocumentView>>, ProblemResult>> Handle(
        Guid documentId,
        TenantDbContext db,
        CancellationToken ct
    )
    {
        var document = await db
            .Documents.Where(candidate => candidate.Id == documentId)
            .Select(DocumentView.Projection)
            .SingleOrDefaultAsync(ct);

        return document is null ? DocumentProblems.NotFound.ToHttp() : ApiResponse.Ok(document, "Document retrieved");
    }
}

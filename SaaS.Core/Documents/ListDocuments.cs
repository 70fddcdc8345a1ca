using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Databases;
using SaaS.Platform.Http;
using SaaS.Platform.Postgres;

namespace SaaS.Core.Documents;

/// <summary>One page of documents.</summary>
/// <param name="Documents">The documents, newest first.</param>
/// <param name="Pagination">Which page of how many.</param>
public sealed record DocumentList(IReadOnlyList<DocumentView> Documents, Pagination Pagination);

internal static class ListDocuments
{
    internal static void Map(RouteGroupBuilder documents) =>
        documents.MapGet("", Handle).Refuses(HttpProblems.BadRequest);

    /// <summary>Lists documents, newest first.</summary>
    /// <param name="filename">Only documents whose name contains this text, in upper or lower case.</param>
    internal static async Task<Ok<Answer<DocumentList>>> Handle(
        [AsParameters] PageRequest page, [OneLine(DocumentRules.FilenameMaxLength)] string? filename, TenantDb db, CancellationToken ct)
    {
        var documents = db.Documents.AsNoTracking();
        if (!string.IsNullOrEmpty(filename))
        {
            var pattern = Sql.Containing(filename);
            documents = documents.Where(document => EF.Functions.ILike(document.Filename, pattern, Sql.Escape));
        }

        var found = await documents
            .OrderByDescending(document => document.CreatedAt).ThenByDescending(document => document.Id)
            .Select(DocumentView.Projection)
            .ToPageAsync(page, ct);

        return Answer.Ok(new DocumentList(found.Items, found.Pagination), "Documents retrieved");
    }
}

using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Documents;

/// <summary>Which documents are asked for, and in which order.</summary>
public sealed class DocumentQuery
{
    /// <summary>A part of the name.</summary>
    [FromQuery(Name = "filename"), OneLine(FileName.MaxLength), Description("Only documents whose name contains this text, in upper or lower case.")]
    public string? Filename { get; init; }

    /// <summary>The media type.</summary>
    [FromQuery(Name = "mime_type"), OneLine(DocumentRules.MimeTypeMaxLength), Description("Only documents of this media type.")]
    public string? MimeType { get; init; }

    /// <summary>The owner.</summary>
    [FromQuery(Name = "user_id"), Description("Only documents of this account.")]
    public Guid? UserId { get; init; }

    /// <summary>The earliest upload.</summary>
    [FromQuery(Name = "created_from"), Description("Only documents that were uploaded at this time (RFC 3339) or later.")]
    public DateTimeOffset? CreatedFrom { get; init; }

    /// <summary>The end of the uploads.</summary>
    [FromQuery(Name = "created_before"), Description("Only documents that were uploaded before this time (RFC 3339).")]
    public DateTimeOffset? CreatedBefore { get; init; }

    /// <summary>The order.</summary>
    [FromQuery(Name = "sort"), OneOf("created_at", "-created_at", "updated_at", "-updated_at", "filename", "-filename")]
    [Description("created_at, updated_at or filename; with - before it the other way round. -created_at unless given.")]
    public string? Sort { get; init; }

    internal bool IsEverything => string.IsNullOrEmpty(Filename) && string.IsNullOrEmpty(MimeType) && UserId is null && CreatedFrom is null && CreatedBefore is null;

    internal IQueryable<Document> From(IQueryable<Document> documents) => WithName(WithoutName(documents));

    internal IQueryable<Document> WithName(IQueryable<Document> documents)
    {
        if (!string.IsNullOrEmpty(Filename))
        {
            var pattern = Sql.Containing(Filename);
            documents = documents.Where(document => EF.Functions.Like(document.FilenameSearch, EF.Functions.Collate(pattern, Sql.LetterOrder).ToUpper(), Sql.Escape));
        }

        return documents;
    }

    internal IQueryable<Document> WithoutName(IQueryable<Document> documents)
    {
        if (!string.IsNullOrEmpty(MimeType))
        {
            var type = MimeType.Trim().ToLowerInvariant();
            documents = documents.Where(document => document.MimeType == type);
        }

        if (UserId is { } userId)
        {
            documents = documents.Where(document => document.UserId == userId);
        }

        if (CreatedFrom is { } from)
        {
            documents = documents.Where(document => document.CreatedAt >= from.ToUniversalTime());
        }

        if (CreatedBefore is { } before)
        {
            documents = documents.Where(document => document.CreatedAt < before.ToUniversalTime());
        }

        return documents;
    }

    // The id makes each order total.
    internal SortedQuery<Document> InOrder(IQueryable<Document> documents) => Sort switch
    {
        "created_at" => documents.SortBy(document => document.CreatedAt, document => document.Id),
        "updated_at" => documents.SortBy(document => document.UpdatedAt, document => document.Id),
        "-updated_at" => documents.SortByDescending(document => document.UpdatedAt, document => document.Id),
        "filename" => documents.SortBy(document => EF.Functions.Collate(document.Filename, Document.Mapping.NameOrder), document => document.Id),
        "-filename" => documents.SortByDescending(document => EF.Functions.Collate(document.Filename, Document.Mapping.NameOrder), document => document.Id),
        _ => documents.SortByDescending(document => document.CreatedAt, document => document.Id),
    };
}

/// <summary>One page of documents.</summary>
/// <param name="Documents">The documents, newest first unless asked for otherwise.</param>
/// <param name="Pagination">Which page of how many; null where a cursor was given.</param>
/// <param name="NextCursor">Where the next page begins, for `cursor`; null on the last one.</param>
/// <param name="HasMore">Whether there is a next page.</param>
public sealed record DocumentList(IReadOnlyList<DocumentView> Documents, Pagination? Pagination, string? NextCursor, bool HasMore);

internal static class ListDocuments
{
    internal static void Map(RouteGroupBuilder documents) =>
        documents.MapGet("", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists documents, newest first unless asked for otherwise.</summary>
    internal static async Task<Results<Ok<ApiResponse<DocumentList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page, [AsParameters] DocumentQuery query, TenantDbContext db, CancellationToken ct)
    {
        var outcome = await ReadAsync(page, query, db, ct);
        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(new DocumentList(found.Items, found.Pagination, found.NextCursor, found.HasMore), "Documents retrieved");
    }

    private static async Task<Result<Page<DocumentView>>> ReadAsync(PageRequest page, DocumentQuery query, TenantDbContext db, CancellationToken ct)
    {
        var documents = db.Documents.AsNoTracking();
        if (query.IsEverything)
        {
            return await query.InOrder(documents).CountedBy(db.ContentUsage.Select(usage => usage.Documents)).ReadAsync(page, DocumentView.Projection, ct);
        }

        if (!ShortNameSearch.Fits(query.Filename))
        {
            return await query.InOrder(query.From(documents)).ReadAsync(page, DocumentView.Projection, ct);
        }

        var near = await query.InOrder(query.WithoutName(documents)).FilterWithin(ShortNameSearch.Window, query.WithName).ReadAsync(page, DocumentView.Projection, ct);
        return !near.TryGetValue(out var found, out _) || found.HasMore
            ? near
            : await query.InOrder(query.From(ShortNameSearch.Narrow(db, query.Filename!))).ReadAsync(page, DocumentView.Projection, ct);
    }
}

using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Documents;

/// <summary>Filters and order of a list of documents.</summary>
public sealed class DocumentQuery
{
    /// <summary>A part of the name.</summary>
    [
        FromQuery(Name = "filename"),
        OneLine(FileName.MaxLength),
        Description("Only documents whose name contains this text, ignoring case.")
    ]
    public string? Filename { get; init; }

    /// <summary>The media type.</summary>
    [FromQuery(Name = "mime_type"), OneLine(DocumentRules.MimeTypeMaxLength), Description("Only documents of this media type.")]
    public string? MimeType { get; init; }

    /// <summary>The owner.</summary>
    [FromQuery(Name = "user_id"), Description("Only documents of this owner.")]
    public Guid? UserId { get; init; }

    /// <summary>The earliest time of upload.</summary>
    [FromQuery(Name = "created_from"), Description("Only documents uploaded at or after this time (RFC 3339).")]
    public DateTimeOffset? CreatedFrom { get; init; }

    /// <summary>The exclusive end of the time of upload.</summary>
    [FromQuery(Name = "created_before"), Description("Only documents uploaded before this time (RFC 3339).")]
    public DateTimeOffset? CreatedBefore { get; init; }

    /// <summary>The sort order.</summary>
    [FromQuery(Name = "sort"), OneOf("created_at", "-created_at", "updated_at", "-updated_at", "filename", "-filename")]
    [Description("created_at, updated_at or filename; prefix - for descending order. Default -created_at.")]
    public string? Sort { get; init; }

    internal bool HasNoFilter =>
        string.IsNullOrEmpty(Filename) && string.IsNullOrEmpty(MimeType) && UserId is null && CreatedFrom is null && CreatedBefore is null;

    internal IQueryable<Document> ApplyFilters(IQueryable<Document> documents) => FilterByName(FilterByOthers(documents));

    internal IQueryable<Document> FilterByName(IQueryable<Document> documents)
    {
        if (!string.IsNullOrEmpty(Filename))
        {
            var pattern = Sql.Containing(Filename);
            documents = documents.Where(document =>
                EF.Functions.Like(document.FilenameSearch, EF.Functions.Collate(pattern, Sql.LetterOrder).ToUpper(), Sql.Escape)
            );
        }

        return documents;
    }

    internal IQueryable<Document> FilterByOthers(IQueryable<Document> documents)
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

    // The id makes the order of equal values stable.
    internal SortedQuery<Document> ApplySort(IQueryable<Document> documents) =>
        Sort switch
        {
            "created_at" => documents.SortBy(document => document.CreatedAt, document => document.Id),
            "updated_at" => documents.SortBy(document => document.UpdatedAt, document => document.Id),
            "-updated_at" => documents.SortByDescending(document => document.UpdatedAt, document => document.Id),
            "filename" => documents.SortBy(
                document => EF.Functions.Collate(document.Filename, TenantDbContext.NameOrder),
                document => document.Id
            ),
            "-filename" => documents.SortByDescending(
                document => EF.Functions.Collate(document.Filename, TenantDbContext.NameOrder),
                document => document.Id
            ),
            _ => documents.SortByDescending(document => document.CreatedAt, document => document.Id),
        };
}

/// <summary>A page of documents.</summary>
/// <param name="Documents">The documents, newest first by default.</param>
/// <param name="Pagination">Page number and totals; null when a cursor was given.</param>
/// <param name="NextCursor">The `cursor` of the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
public sealed record DocumentList(IReadOnlyList<DocumentView> Documents, Pagination? Pagination, string? NextCursor, bool HasMore);

internal static class ListDocuments
{
    internal static void Map(RouteGroupBuilder documents) =>
        documents.MapGet("", Handle).RequireScope(ApiScope.DocumentsRead).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists documents, newest first by default.</summary>
    internal static async Task<Results<Ok<ApiResponse<DocumentList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        [AsParameters] DocumentQuery query,
        TenantDbContext db,
        CancellationToken ct
    )
    {
        var outcome = await ReadAsync(page, query, db, ct);
        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(new DocumentList(found.Items, found.Pagination, found.NextCursor, found.HasMore), "Documents retrieved");
    }

    private static async Task<Result<Page<DocumentView>>> ReadAsync(
        PageRequest page,
        DocumentQuery query,
        TenantDbContext db,
        CancellationToken ct
    )
    {
        var documents = db.Documents.AsNoTracking();
        if (query.HasNoFilter)
        {
            return await query
                .ApplySort(documents)
                .WithTotalFrom(db.ContentUsage.Select(usage => usage.Documents))
                .ReadAsync(page, DocumentView.Projection, ct);
        }

        if (!ShortNameSearch.AppliesTo(query.Filename))
        {
            return await query.ApplySort(query.ApplyFilters(documents)).ReadAsync(page, DocumentView.Projection, ct);
        }

        var near = await query
            .ApplySort(query.FilterByOthers(documents))
            .FilterWithin(ShortNameSearch.Window, query.FilterByName)
            .ReadAsync(page, DocumentView.Projection, ct);
        return !near.TryGetValue(out var found, out _) || found.HasMore
            ? near
            : await query
                .ApplySort(query.ApplyFilters(ShortNameSearch.Filter(db, query.Filename!)))
                .ReadAsync(page, DocumentView.Projection, ct);
    }
}

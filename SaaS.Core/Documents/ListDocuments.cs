using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Databases;
using SaaS.Platform.Http;
using SaaS.Platform.Postgres;

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

    internal IQueryable<Document> From(IQueryable<Document> documents)
    {
        if (!string.IsNullOrEmpty(Filename))
        {
            var pattern = Sql.Containing(Filename);
            documents = documents.Where(document => EF.Functions.Like(document.FilenameSearch, EF.Functions.Collate(pattern, Sql.LetterOrder).ToUpper(), Sql.Escape));
        }

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
    internal IOrderedQueryable<Document> InOrder(IQueryable<Document> documents) => Sort switch
    {
        "created_at" => documents.OrderBy(document => document.CreatedAt).ThenBy(document => document.Id),
        "updated_at" => documents.OrderBy(document => document.UpdatedAt).ThenBy(document => document.Id),
        "-updated_at" => documents.OrderByDescending(document => document.UpdatedAt).ThenByDescending(document => document.Id),
        "filename" => documents.OrderBy(document => EF.Functions.Collate(document.Filename, Document.Mapping.NameOrder)).ThenBy(document => document.Id),
        "-filename" => documents.OrderByDescending(document => EF.Functions.Collate(document.Filename, Document.Mapping.NameOrder)).ThenByDescending(document => document.Id),
        _ => documents.OrderByDescending(document => document.CreatedAt).ThenByDescending(document => document.Id),
    };
}

/// <summary>One page of documents.</summary>
/// <param name="Documents">The documents, newest first unless asked for otherwise.</param>
/// <param name="Pagination">Which page of how many.</param>
public sealed record DocumentList(IReadOnlyList<DocumentView> Documents, Pagination Pagination);

internal static class ListDocuments
{
    internal static void Map(RouteGroupBuilder documents) =>
        documents.MapGet("", Handle).Refuses(HttpProblems.BadRequest);

    /// <summary>Lists documents, newest first unless asked for otherwise.</summary>
    internal static async Task<Ok<Answer<DocumentList>>> Handle(
        [AsParameters] PageRequest page, [AsParameters] DocumentQuery query, TenantDb db, CancellationToken ct)
    {
        var asked = query.InOrder(query.From(db.Documents.AsNoTracking())).Select(DocumentView.Projection);

        // Nobody counts a million rows to show twenty of them: the tenant's usage has the number.
        var found = query.IsEverything
            ? await asked.ToPageAsync(page, db.ContentUsage.Select(usage => usage.Documents), ct)
            : await asked.ToPageAsync(page, ct);

        return Answer.Ok(new DocumentList(found.Items, found.Pagination), "Documents retrieved");
    }
}

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

namespace SaaS.Core.Documents.Files;

/// <summary>A page of files.</summary>
/// <param name="Files">The files, newest first by default.</param>
/// <param name="Pagination">Page number and totals; null when a cursor was given.</param>
/// <param name="NextCursor">The `cursor` of the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
/// <param name="Stats">Totals of the tenant.</param>
public sealed record FileList(IReadOnlyList<FileView> Files, Pagination? Pagination, string? NextCursor, bool HasMore, FileStats Stats);

/// <summary>Totals of a tenant.</summary>
/// <param name="TotalFiles">Number of files.</param>
/// <param name="TotalStorageBytes">Stored bytes; identical content counts once.</param>
/// <param name="TotalStorageMb">The same in megabytes.</param>
/// <param name="TotalDocuments">Number of documents; null unless statistics were requested.</param>
/// <param name="OrphanedFiles">Number of files that no document uses; null unless statistics were requested.</param>
/// <param name="OrphanedStorageBytes">Their size in bytes; null unless statistics were requested.</param>
public sealed record FileStats(
    int TotalFiles,
    long TotalStorageBytes,
    decimal TotalStorageMb,
    long? TotalDocuments,
    int? OrphanedFiles,
    long? OrphanedStorageBytes
);

internal static class ListFiles
{
    internal static void Map(RouteGroupBuilder files) =>
        files.MapGet("", Handle).RequireScope(ApiScope.FilesRead).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists files, newest first by default.</summary>
    /// <param name="sort">created_at or file_size; prefix - for descending order. Default -created_at.</param>
    internal static async Task<Results<Ok<ApiResponse<FileList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        [FromQuery(Name = "include_stats"), Description("True to include totals of documents and of orphaned files.")] bool? includeStats,
        [OneOf("created_at", "-created_at", "file_size", "-file_size")] string? sort,
        TenantDbContext db,
        CancellationToken ct
    )
    {
        var outcome = await ApplySort(db.Files.AsNoTracking(), sort)
            .WithTotalFrom(db.ContentUsage.Select(usage => usage.Files))
            .ReadAsync(page, FileView.Projection, ct);
        if (!outcome.TryGetValue(out var found, out var problem))
        {
            return problem.ToHttp();
        }

        var usage = await db.ContentUsage.AsNoTracking().SingleAsync(ct);
        var stats = new FileStats((int)usage.Files, usage.StorageBytes, Megabytes.From(usage.StorageBytes), null, null, null);
        if (includeStats is true)
        {
            var orphans = UnusedFiles.Query(db);
            stats = stats with
            {
                TotalDocuments = usage.Documents,
                OrphanedFiles = await orphans.CountAsync(ct),
                OrphanedStorageBytes = await orphans.SumAsync(file => file.FileSize, ct),
            };
        }

        return ApiResponse.Ok(new FileList(found.Items, found.Pagination, found.NextCursor, found.HasMore, stats), "Files retrieved");
    }

    // The id makes the order of equal values stable.
    private static SortedQuery<StoredFile> ApplySort(IQueryable<StoredFile> files, string? sort) =>
        sort switch
        {
            "created_at" => files.SortBy(file => file.CreatedAt, file => file.Id),
            "file_size" => files.SortBy(file => file.FileSize, file => file.Id),
            "-file_size" => files.SortByDescending(file => file.FileSize, file => file.Id),
            _ => files.SortByDescending(file => file.CreatedAt, file => file.Id),
        };
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents.Files;

/// <summary>One page of files.</summary>
/// <param name="Files">The files, newest first unless asked for otherwise.</param>
/// <param name="Pagination">Which page of how many; null where a cursor was given.</param>
/// <param name="NextCursor">Where the next page begins, for `cursor`; null on the last one.</param>
/// <param name="HasMore">Whether there is a next page.</param>
/// <param name="Stats">What the tenant has in all.</param>
public sealed record FileList(IReadOnlyList<FileView> Files, Pagination? Pagination, string? NextCursor, bool HasMore, FileStats Stats);

/// <summary>What a tenant has in all.</summary>
/// <param name="TotalFiles">Files.</param>
/// <param name="TotalStorageBytes">Their bytes; the same content is counted once.</param>
/// <param name="TotalStorageMb">The same in megabytes.</param>
/// <param name="TotalDocuments">The documents that show them; null unless statistics were asked for.</param>
/// <param name="OrphanedFiles">Files that no document shows; null unless statistics were asked for.</param>
/// <param name="OrphanedStorageBytes">Their bytes; null unless statistics were asked for.</param>
public sealed record FileStats(int TotalFiles, long TotalStorageBytes, decimal TotalStorageMb, long? TotalDocuments, int? OrphanedFiles, long? OrphanedStorageBytes);

internal static class ListFiles
{
    internal static void Map(RouteGroupBuilder files) => files.MapGet("", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists the stored content, newest first unless asked for otherwise.</summary>
    /// <param name="includeStats">Whether the statistics also tell of documents and of files that no document shows.</param>
    /// <param name="sort">created_at or file_size; with - before it the other way round. -created_at unless given.</param>
    internal static async Task<Results<Ok<ApiResponse<FileList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        [FromQuery(Name = "include_stats")] bool? includeStats,
        [OneOf("created_at", "-created_at", "file_size", "-file_size")] string? sort,
        TenantDbContext db,
        CancellationToken ct)
    {
        var outcome = await InOrder(db.Files.AsNoTracking(), sort).CountedBy(db.ContentUsage.Select(usage => usage.Files)).ReadAsync(page, FileView.Projection, ct);
        if (!outcome.TryGetValue(out var found, out var problem))
        {
            return problem.ToHttp();
        }

        var usage = await db.ContentUsage.AsNoTracking().SingleAsync(ct);
        var stats = new FileStats((int)usage.Files, usage.StorageBytes, Megabytes.Of(usage.StorageBytes), null, null, null);
        if (includeStats is true)
        {
            var orphans = UnusedFiles.In(db);
            stats = stats with
            {
                TotalDocuments = usage.Documents,
                OrphanedFiles = await orphans.CountAsync(ct),
                OrphanedStorageBytes = await orphans.SumAsync(file => file.FileSize, ct),
            };
        }

        return ApiResponse.Ok(new FileList(found.Items, found.Pagination, found.NextCursor, found.HasMore, stats), "Files retrieved");
    }

    // The id makes each order total.
    private static SortedQuery<StoredFile> InOrder(IQueryable<StoredFile> files, string? sort) => sort switch
    {
        "created_at" => files.SortBy(file => file.CreatedAt, file => file.Id),
        "file_size" => files.SortBy(file => file.FileSize, file => file.Id),
        "-file_size" => files.SortByDescending(file => file.FileSize, file => file.Id),
        _ => files.SortByDescending(file => file.CreatedAt, file => file.Id),
    };
}

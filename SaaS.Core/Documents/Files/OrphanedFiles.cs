using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
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

namespace SaaS.Core.Documents.Files;

/// <summary>A page of files that no document uses.</summary>
/// <param name="Files">The files, longest unused first.</param>
/// <param name="Pagination">Page number and totals; null when a cursor was given.</param>
/// <param name="NextCursor">The `cursor` of the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
public sealed record OrphanList(IReadOnlyList<FileView> Files, Pagination? Pagination, string? NextCursor, bool HasMore);

/// <summary>The result of a cleanup.</summary>
/// <param name="Removed">Number of deleted files.</param>
/// <param name="FreedStorageBytes">Freed storage in bytes.</param>
/// <param name="FreedStorageMb">Freed storage in megabytes.</param>
/// <param name="Remaining">Number of remaining files that are as old; repeat the request to delete them.</param>
public sealed record OrphanCleanup(int Removed, long FreedStorageBytes, decimal FreedStorageMb, int Remaining);

internal static class OrphanedFiles
{
    private const int AtOnce = 1_000;
    private const int UsualHours = 24;

    internal static void Map(RouteGroupBuilder files)
    {
        files
            .MapGet("/orphaned", Handle)
            .WithName("listOrphanedFiles")
            .RequireTenantRole(TenantRole.Admin)
            .RequireScope(ApiScope.FilesRead)
            .ProducesProblem(HttpProblems.BadRequest);
        files
            .MapDelete("/orphaned", HandleDelete)
            .WithName("deleteOrphanedFiles")
            .RequireTenantRole(TenantRole.Admin)
            .RequireScope(ApiScope.FilesWrite)
            .ProducesProblem(HttpProblems.BadRequest);
    }

    /// <summary>Lists files that no document uses, longest unused first.</summary>
    internal static async Task<Results<Ok<ApiResponse<OrphanList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        TenantDbContext db,
        CancellationToken ct
    )
    {
        var outcome = await UnusedFiles
            .Query(db)
            .Where(file => file.UnusedSince != null)
            .SortBy(file => file.UnusedSince!.Value, file => file.Id)
            .ReadAsync(page, FileView.Projection, ct);

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(new OrphanList(found.Items, found.Pagination, found.NextCursor, found.HasMore), "Orphaned files retrieved");
    }

    /// <summary>Deletes files that no document has used for a while, up to 1,000 at once.</summary>
    /// <remarks>Their bytes are removed from the object store within moments.</remarks>
    internal static async Task<Ok<ApiResponse<OrphanCleanup>>> HandleDelete(
        [FromQuery(Name = "min_age_hours"), Description("Minimum time without documents: 0 to 8760 hours, default 24."), Range(0, 8_760)]
            int? minAgeHours,
        TenantDbContext db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var unusedBefore = clock.GetUtcNow().AddHours(-(minAgeHours ?? UsualHours));
        var removed = await UnusedFiles.PurgeAsync(db, unusedBefore, fileId: null, AtOnce, ct);
        var remaining = await UnusedFiles.Query(db).CountAsync(file => file.UnusedSince <= unusedBefore, ct);
        var freed = removed.Sum(file => file.Size);

        return ApiResponse.Ok(new OrphanCleanup(removed.Count, freed, Megabytes.From(freed), remaining), "Orphaned files deleted");
    }
}

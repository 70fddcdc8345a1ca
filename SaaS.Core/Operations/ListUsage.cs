using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Operations;

/// <summary>How much tenants had on a day.</summary>
/// <param name="Day">The day (UTC); null when nothing was ever reported.</param>
/// <param name="Totals">All tenants of that day together.</param>
/// <param name="Reports">The tenants, the one that stores most first.</param>
/// <param name="Pagination">Which page of how many; null where a cursor was given.</param>
/// <param name="NextCursor">Where the next page begins, for `cursor`; null on the last one.</param>
/// <param name="HasMore">Whether there is a next page.</param>
public sealed record UsageList(DateOnly? Day, UsageTotals Totals, IReadOnlyList<UsageView> Reports, Pagination? Pagination, string? NextCursor, bool HasMore);

/// <summary>All tenants of a day together.</summary>
/// <param name="Tenants">How many were reported.</param>
/// <param name="Members">Their members; who is in two of them is counted twice.</param>
/// <param name="Documents">Their documents.</param>
/// <param name="StorageBytes">Bytes of stored content.</param>
public sealed record UsageTotals(int Tenants, long Members, long Documents, long StorageBytes);

/// <summary>How much a tenant had on a day.</summary>
/// <param name="TenantId">The tenant, which may be gone since.</param>
/// <param name="Members">Accounts that might act in it.</param>
/// <param name="Documents">Documents.</param>
/// <param name="StorageBytes">Bytes of stored content; the same content is counted once.</param>
/// <param name="ReportedAt">When that was read (UTC).</param>
public sealed record UsageView(Guid TenantId, int Members, long Documents, long StorageBytes, DateTimeOffset ReportedAt);

internal static class ListUsage
{
    internal static void Map(RouteGroupBuilder usage) => usage.MapGet("", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Shows how much each tenant had on a day, as the daily report has counted it.</summary>
    /// <param name="day">The day (UTC), as YYYY-MM-DD; the latest that was reported unless given.</param>
    /// <param name="tenantId">Only this tenant; the totals are of all.</param>
    internal static async Task<Results<Ok<ApiResponse<UsageList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page, DateOnly? day, [FromQuery(Name = "tenant_id")] Guid? tenantId, ControlDbContext db, CancellationToken ct)
    {
        var shown = day ?? await db.UsageReports.MaxAsync(report => (DateOnly?)report.Day, ct);
        var ofDay = db.UsageReports.AsNoTracking().Where(report => report.Day == shown);
        var totals = await ofDay
            .GroupBy(report => report.Day)
            .Select(all => new UsageTotals(all.Count(), all.Sum(report => (long)report.Members), all.Sum(report => report.Documents), all.Sum(report => report.StorageBytes)))
            .SingleOrDefaultAsync(ct);
        var outcome = await ofDay
            .Where(report => tenantId == null || report.TenantId == tenantId)
            .SortByDescending(report => report.StorageBytes, report => report.TenantId)
            .ReadAsync(page, report => new UsageView(report.TenantId, report.Members, report.Documents, report.StorageBytes, report.ReportedAt), ct);

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(new UsageList(shown, totals ?? new UsageTotals(0, 0, 0, 0), found.Items, found.Pagination, found.NextCursor, found.HasMore), "Usage retrieved");
    }
}

using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Operations.Monitoring;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Operations;

/// <summary>A page of the usage of tenants on a day.</summary>
/// <param name="Day">The day (UTC); null if there are no reports yet.</param>
/// <param name="Totals">The totals of all tenants on that day.</param>
/// <param name="Reports">The usage of each tenant, largest storage first.</param>
/// <param name="Pagination">The page number and totals; null if the request has a cursor.</param>
/// <param name="NextCursor">The `cursor` of the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
public sealed record UsageList(
    DateOnly? Day,
    UsageTotals Totals,
    IReadOnlyList<UsageView> Reports,
    Pagination? Pagination,
    string? NextCursor,
    bool HasMore
);

/// <summary>The totals of all tenants on a day, as of the end of the report; zero before it ends.</summary>
/// <param name="Tenants">Number of reported tenants.</param>
/// <param name="Members">Number of memberships; a user in two tenants counts twice.</param>
/// <param name="Documents">Number of documents.</param>
/// <param name="StorageBytes">Size of stored content (bytes).</param>
public sealed record UsageTotals(int Tenants, long Members, long Documents, long StorageBytes);

/// <summary>The usage of a tenant on a day.</summary>
/// <param name="TenantId">The tenant, which may have been erased since.</param>
/// <param name="Members">Number of members.</param>
/// <param name="Documents">Number of documents.</param>
/// <param name="StorageBytes">Size of stored content (bytes); identical content counts once.</param>
/// <param name="ReportedAt">Time of the report (UTC).</param>
public sealed record UsageView(Guid TenantId, int Members, long Documents, long StorageBytes, DateTimeOffset ReportedAt);

internal static class ListUsage
{
    internal static void Map(RouteGroupBuilder usage) => usage.MapGet("", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists the usage of each tenant on a day, from the daily report.</summary>
    /// <param name="day">The day (UTC) as YYYY-MM-DD; by default the day of the latest complete report.</param>
    internal static async Task<Results<Ok<ApiResponse<UsageList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        DateOnly? day,
        [FromQuery(Name = "tenant_id"), Description("Only this tenant; the totals still include all tenants.")] Guid? tenantId,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        var shown = day ?? await db.UsageTotals.MaxAsync(total => (DateOnly?)total.Day, ct);
        var ofDay = db.UsageReports.AsNoTracking().Where(report => report.Day == shown);
        var totals = await db
            .UsageTotals.Where(total => total.Day == shown)
            .Select(total => new UsageTotals(total.Tenants, total.Members, total.Documents, total.StorageBytes))
            .SingleOrDefaultAsync(ct);
        var outcome = await ofDay
            .Where(report => tenantId == null || report.TenantId == tenantId)
            .SortByDescending(report => report.StorageBytes, report => report.TenantId)
            .ReadAsync(
                page,
                report => new UsageView(report.TenantId, report.Members, report.Documents, report.StorageBytes, report.ReportedAt),
                ct
            );

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(
                new UsageList(shown, totals ?? new UsageTotals(0, 0, 0, 0), found.Items, found.Pagination, found.NextCursor, found.HasMore),
                "Usage retrieved"
            );
    }
}

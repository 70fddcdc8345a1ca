using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.SchemaMigration;

namespace SaaS.Core.Operations;

/// <summary>A page of the schema versions of tenants.</summary>
/// <param name="Totals">The number of tenants in each state, over all pages.</param>
/// <param name="Tenants">The tenants, oldest first, without those that are being created.</param>
/// <param name="Pagination">The page number and totals; null if the request has a cursor.</param>
/// <param name="NextCursor">The `cursor` of the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
public sealed record MigrationList(
    TenantMigrationTotals Totals,
    IReadOnlyList<TenantMigrationView> Tenants,
    Pagination? Pagination,
    string? NextCursor,
    bool HasMore
);

internal static class ListMigrations
{
    internal static void Map(RouteGroupBuilder migrations) => migrations.MapGet("", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists the migration states of all tenants, relative to the schema version of this API process.</summary>
    internal static async Task<Results<Ok<ApiResponse<MigrationList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        ListTenantMigrations migrations,
        CancellationToken ct
    )
    {
        return !(await migrations.ReadPageAsync(page, ct)).TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(
                new MigrationList(await migrations.CountAsync(ct), found.Items, found.Pagination, found.NextCursor, found.HasMore),
                "Migrations retrieved"
            );
    }
}

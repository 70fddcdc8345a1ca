using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.SchemaMigration;

namespace SaaS.Core.Operations;

/// <summary>One page of tenants' schemas.</summary>
/// <param name="Totals">How many tenants there are in each state, of all pages.</param>
/// <param name="Tenants">The tenants, oldest first; those that are being made are not among them.</param>
/// <param name="Pagination">Which page of how many; null where a cursor was given.</param>
/// <param name="NextCursor">Where the next page begins, for `cursor`; null on the last one.</param>
/// <param name="HasMore">Whether there is a next page.</param>
public sealed record MigrationList(TenantMigrationTotals Totals, IReadOnlyList<TenantMigrationView> Tenants, Pagination? Pagination, string? NextCursor, bool HasMore);

internal static class ListMigrations
{
    internal static void Map(RouteGroupBuilder migrations) =>
        migrations.MapGet("", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Shows where the schemas of all tenants stand, seen from the version that answers.</summary>
    internal static async Task<Results<Ok<ApiResponse<MigrationList>>, ProblemResult>> Handle([AsParameters] PageRequest page, ListTenantMigrations migrations, CancellationToken ct)
    {
        return !(await migrations.ReadPageAsync(page, ct)).TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(new MigrationList(await migrations.CountAsync(ct), found.Items, found.Pagination, found.NextCursor, found.HasMore), "Migrations retrieved");
    }
}

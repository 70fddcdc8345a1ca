using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Databases;
using SaaS.Platform.Http;

namespace SaaS.Core.Administration;

/// <summary>One page of tenants' schemas.</summary>
/// <param name="Totals">How many tenants there are in each state, of all pages.</param>
/// <param name="Tenants">The tenants, oldest first; those that are being made are not among them.</param>
/// <param name="Pagination">Which page of how many.</param>
public sealed record MigrationList(TenantMigrationTotals Totals, IReadOnlyList<TenantMigrationView> Tenants, Pagination Pagination);

internal static class ListMigrations
{
    internal static void Map(RouteGroupBuilder migrations) =>
        migrations.MapGet("", Handle).Refuses(HttpProblems.BadRequest);

    /// <summary>Shows where the schemas of all tenants stand, seen from the version that answers.</summary>
    internal static async Task<Ok<Answer<MigrationList>>> Handle([AsParameters] PageRequest page, ListTenantMigrations migrations, CancellationToken ct)
    {
        var found = await migrations.ReadPageAsync(page, ct);
        return Answer.Ok(new MigrationList(await migrations.CountAsync(ct), found.Items, found.Pagination), "Migrations retrieved");
    }
}

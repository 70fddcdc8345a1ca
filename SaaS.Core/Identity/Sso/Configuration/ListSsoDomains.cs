using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>One page of a tenant's domains.</summary>
/// <param name="Domains">In alphabetical order.</param>
/// <param name="Pagination">The position among all pages; null when a cursor was given.</param>
/// <param name="NextCursor">The value of `cursor` for the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
public sealed record SsoDomainList(IReadOnlyList<SsoDomainView> Domains, Pagination? Pagination, string? NextCursor, bool HasMore);

internal static class ListSsoDomains
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapGet("/domains", Handle).RequireTenantRole(TenantRole.Admin).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists the tenant's domains and their verification status.</summary>
    internal static async Task<Results<Ok<ApiResponse<SsoDomainList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        TenantScope scope,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        var outcome = await db
            .SsoDomains.Where(domain => domain.TenantId == scope.TenantId)
            .SortBy(domain => domain.Domain, domain => domain.TenantId)
            .ReadAsync(page, domain => domain, ct);

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(
                new SsoDomainList([.. found.Items.Select(SsoDomainView.From)], found.Pagination, found.NextCursor, found.HasMore),
                "Domains retrieved"
            );
    }
}

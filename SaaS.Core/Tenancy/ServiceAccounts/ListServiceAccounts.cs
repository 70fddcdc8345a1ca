using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>One page of service accounts.</summary>
/// <param name="ServiceAccounts">The service accounts, oldest first.</param>
/// <param name="Pagination">Page number and totals; null when a cursor was given.</param>
/// <param name="NextCursor">The value of `cursor` for the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
public sealed record ServiceAccountList(
    IReadOnlyList<ServiceAccountView> ServiceAccounts,
    Pagination? Pagination,
    string? NextCursor,
    bool HasMore
);

internal static class ListServiceAccounts
{
    internal static void Map(RouteGroupBuilder accounts) =>
        accounts.MapGet("", Handle).RequireTenantRole(TenantRole.Admin).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists the service accounts of a tenant, oldest first.</summary>
    internal static async Task<Results<Ok<ApiResponse<ServiceAccountList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        TenantScope scope,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        var outcome = await db
            .ServiceAccounts.Where(account => account.TenantId == scope.TenantId)
            .SortBy(account => account.CreatedAt, account => account.Id)
            .ReadAsync(page, ServiceAccountView.Projection, ct);

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(
                new ServiceAccountList(found.Items, found.Pagination, found.NextCursor, found.HasMore),
                "Service accounts retrieved"
            );
    }
}

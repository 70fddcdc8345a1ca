using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>One page of API keys.</summary>
/// <param name="ApiKeys">The API keys, oldest first; keys that ended are shown for 30 days.</param>
/// <param name="Pagination">Page number and totals; null when a cursor was given.</param>
/// <param name="NextCursor">The value of `cursor` for the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
public sealed record ApiKeyList(IReadOnlyList<ApiKeyView> ApiKeys, Pagination? Pagination, string? NextCursor, bool HasMore);

internal static class ListApiKeys
{
    internal static void Map(RouteGroupBuilder keys) =>
        keys.MapGet("", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .ProducesProblem(HttpProblems.BadRequest, ServiceAccountProblems.AccountNotFound);

    /// <summary>Lists the API keys of a service account, oldest first, without their secrets.</summary>
    internal static async Task<Results<Ok<ApiResponse<ApiKeyList>>, ProblemResult>> Handle(
        Guid serviceAccountId,
        [AsParameters] PageRequest page,
        TenantScope scope,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        if (!await db.ServiceAccounts.AnyAsync(candidate => candidate.TenantId == scope.TenantId && candidate.Id == serviceAccountId, ct))
        {
            return ServiceAccountProblems.AccountNotFound.ToHttp();
        }

        var outcome = await db
            .ApiKeys.Where(key => key.ServiceAccountId == serviceAccountId)
            .SortBy(key => key.CreatedAt, key => key.Id)
            .ReadAsync(page, ApiKeyView.Projection, ct);

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(new ApiKeyList(found.Items, found.Pagination, found.NextCursor, found.HasMore), "API keys retrieved");
    }
}

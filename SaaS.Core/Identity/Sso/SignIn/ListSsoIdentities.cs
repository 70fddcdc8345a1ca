using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>As what the caller is known in directories.</summary>
/// <param name="Identities">Newest first.</param>
/// <param name="Total">How many there are in all; null where a cursor was given.</param>
/// <param name="Pagination">Which page of how many; null where a cursor was given.</param>
/// <param name="NextCursor">Where the next page begins, for `cursor`; null on the last one.</param>
/// <param name="HasMore">Whether there is a next page.</param>
public sealed record SsoIdentityList(IReadOnlyList<SsoIdentityView> Identities, int? Total, Pagination? Pagination, string? NextCursor, bool HasMore);

/// <summary>As whom a tenant's directory knows an account.</summary>
/// <param name="TenantId">The tenant's id.</param>
/// <param name="TenantName">The tenant's name.</param>
/// <param name="AzureTenantId">The directory.</param>
/// <param name="AzureObjectId">The person in it.</param>
/// <param name="AzureUpn">The name by which they sign in there.</param>
/// <param name="LastSync">When the directory last said something of them (UTC).</param>
/// <param name="HasValidToken">Whether the directory's token is good, or can be renewed.</param>
/// <param name="TokenExpired">The opposite.</param>
public sealed record SsoIdentityView(Guid TenantId, string TenantName, Guid AzureTenantId, Guid AzureObjectId, string? AzureUpn, DateTimeOffset LastSync, bool HasValidToken, bool TokenExpired);

internal static class ListSsoIdentities
{
    internal static void Map(RouteGroupBuilder sso, RouteGroupBuilder users)
    {
        sso.MapGet("/identities", Handle).AllowTenantBoundSession().ProducesProblem(HttpProblems.BadRequest);
        users.MapGet("/me/sso-identities", HandleAsArray).WithName("listSsoIdentitiesOfProfile").AllowTenantBoundSession().ProducesProblem(HttpProblems.BadRequest);
    }

    /// <summary>Lists as whom the directories of the caller's tenants know the caller.</summary>
    internal static async Task<Results<Ok<FlatApiResponse<SsoIdentityList>>, ProblemResult>> Handle([AsParameters] PageRequest page, CurrentUser currentUser, ControlDbContext db, TimeProvider clock, CancellationToken ct)
    {
        var outcome = await ReadAsync(page, currentUser, db, clock, ct);
        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Flat(new SsoIdentityList(found.Items, found.Pagination?.Total, found.Pagination, found.NextCursor, found.HasMore), "Identities retrieved");
    }

    /// <summary>Lists as whom the directories of the caller's tenants know the caller.</summary>
    internal static async Task<Results<Ok<ListResponse<SsoIdentityView>>, ProblemResult>> HandleAsArray([AsParameters] PageRequest page, CurrentUser currentUser, ControlDbContext db, TimeProvider clock, CancellationToken ct)
    {
        var outcome = await ReadAsync(page, currentUser, db, clock, ct);
        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ListResponse.Ok(found, "Identities retrieved");
    }

    private static async Task<Result<Page<SsoIdentityView>>> ReadAsync(PageRequest page, CurrentUser currentUser, ControlDbContext db, TimeProvider clock, CancellationToken ct)
    {
        var good = SsoIdentity.WithGoodToken(db.SsoIdentities, clock.GetUtcNow());
        return await db.SsoIdentities
            .Where(identity => identity.UserId == currentUser.UserId && (currentUser.RestrictedToTenantId == null || identity.TenantId == currentUser.RestrictedToTenantId))
            .Join(db.Tenants, identity => identity.TenantId, tenant => tenant.Id, (identity, tenant) => new { identity, tenant.Name, Good = good.Any(one => one.Id == identity.Id) })
            .SortByDescending(one => one.identity.CreatedAt, one => one.identity.TenantId)
            .ReadAsync(
                page.OrDefault(ListResponse<SsoIdentityView>.DefaultSize),
                one => new SsoIdentityView(one.identity.TenantId, one.Name, one.identity.DirectoryId, one.identity.ObjectId, one.identity.Upn, one.identity.LastSyncAt, one.Good, !one.Good),
                ct);
    }
}

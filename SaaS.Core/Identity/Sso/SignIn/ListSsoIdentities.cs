using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>One page of the current user's identities in directories.</summary>
/// <param name="Identities">Newest first.</param>
/// <param name="Total">The total number; null when a cursor was given.</param>
/// <param name="Pagination">The position among all pages; null when a cursor was given.</param>
/// <param name="NextCursor">The value of `cursor` for the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
public sealed record SsoIdentityList(
    IReadOnlyList<SsoIdentityView> Identities,
    int? Total,
    Pagination? Pagination,
    string? NextCursor,
    bool HasMore
);

/// <summary>The link between an account and a user of a tenant's directory.</summary>
/// <param name="TenantId">The tenant's id.</param>
/// <param name="TenantName">The tenant's name.</param>
/// <param name="AzureTenantId">The directory's id.</param>
/// <param name="AzureObjectId">The user's object id in the directory.</param>
/// <param name="AzureUpn">The user principal name in the directory.</param>
/// <param name="LastSync">When the user was last synchronized with the directory (UTC).</param>
/// <param name="HasValidToken">True when the directory's token is valid or can be refreshed.</param>
/// <param name="TokenExpired">The opposite of `has_valid_token`.</param>
public sealed record SsoIdentityView(
    Guid TenantId,
    string TenantName,
    Guid AzureTenantId,
    Guid AzureObjectId,
    string? AzureUpn,
    DateTimeOffset LastSync,
    bool HasValidToken,
    bool TokenExpired
);

internal static class ListSsoIdentities
{
    internal static void Map(RouteGroupBuilder sso, RouteGroupBuilder users)
    {
        sso.MapGet("/identities", Handle).AllowTenantBoundSession().ProducesProblem(HttpProblems.BadRequest);
        users
            .MapGet("/me/sso-identities", HandleAsArray)
            .WithName("listSsoIdentitiesOfProfile")
            .AllowTenantBoundSession()
            .ProducesProblem(HttpProblems.BadRequest);
    }

    /// <summary>Lists the current user's identities in the directories of their tenants.</summary>
    internal static async Task<Results<Ok<FlatApiResponse<SsoIdentityList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        CurrentUser currentUser,
        ControlDbContext db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var outcome = await ReadAsync(page, currentUser, db, clock, ct);
        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Flat(
                new SsoIdentityList(found.Items, found.Pagination?.Total, found.Pagination, found.NextCursor, found.HasMore),
                "Identities retrieved"
            );
    }

    /// <summary>Lists the current user's identities in the directories of their tenants.</summary>
    internal static async Task<Results<Ok<ListResponse<SsoIdentityView>>, ProblemResult>> HandleAsArray(
        [AsParameters] PageRequest page,
        CurrentUser currentUser,
        ControlDbContext db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var outcome = await ReadAsync(page, currentUser, db, clock, ct);
        return !outcome.TryGetValue(out var found, out var problem) ? problem.ToHttp() : ListResponse.Ok(found, "Identities retrieved");
    }

    private static async Task<Result<Page<SsoIdentityView>>> ReadAsync(
        PageRequest page,
        CurrentUser currentUser,
        ControlDbContext db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var identities = db.SsoIdentities.Where(identity =>
            identity.UserId == currentUser.UserId
            && (currentUser.RestrictedToTenantId == null || identity.TenantId == currentUser.RestrictedToTenantId)
        );
        return await SsoIdentity
            .WithTokenState(identities, clock.GetUtcNow())
            .Join(
                db.Tenants,
                row => row.Identity.TenantId,
                tenant => tenant.Id,
                (row, tenant) =>
                    new
                    {
                        row.Identity,
                        row.IsTokenUsable,
                        tenant.Name,
                    }
            )
            .SortByDescending(row => row.Identity.CreatedAt, row => row.Identity.TenantId)
            .WithTotalFrom(identities) // every identity has a tenant
            .ReadAsync(
                page.WithDefaultSize(ListResponse<SsoIdentityView>.DefaultSize),
                row => new SsoIdentityView(
                    row.Identity.TenantId,
                    row.Name,
                    row.Identity.DirectoryId,
                    row.Identity.ObjectId,
                    row.Identity.Upn,
                    row.Identity.LastSyncAt,
                    row.IsTokenUsable,
                    !row.IsTokenUsable
                ),
                ct
            );
    }
}

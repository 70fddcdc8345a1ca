using System.Linq.Expressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Members;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Operations;

/// <summary>A page of tenants.</summary>
/// <param name="Tenants">The tenants, newest first.</param>
/// <param name="Pagination">The page number and totals; null if the request has a cursor.</param>
/// <param name="NextCursor">The `cursor` of the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
public sealed record TenantList(IReadOnlyList<TenantStateView> Tenants, Pagination? Pagination, string? NextCursor, bool HasMore);

/// <summary>A tenant without its content, for operators.</summary>
/// <param name="Id">The id of the tenant.</param>
/// <param name="Name">1 to 255 characters.</param>
/// <param name="DatabaseName">The name of its database.</param>
/// <param name="State">provisioning, active, deleted or erasing.</param>
/// <param name="Suspension">none, read_only or closed.</param>
/// <param name="SuspensionReason">The reason of the suspension; null when there is none.</param>
/// <param name="SchemaVersion">The last migration applied to its database.</param>
/// <param name="Members">Number of members.</param>
/// <param name="Quotas">The quotas set for this tenant; null where the platform's limit applies.</param>
/// <param name="EffectiveQuotas">The effective quotas, including the platform's limits.</param>
/// <param name="CreatedBy">The user who created it.</param>
/// <param name="CreatedAt">Time of creation (UTC).</param>
/// <param name="DeletedAt">Time of deletion (UTC); null if it is not deleted.</param>
/// <param name="EraseAfter">Earliest time of erasure (UTC); null if no erasure was requested.</param>
/// <param name="ExportWanted">True when its data is exported before the erasure.</param>
public sealed record TenantStateView(
    Guid Id,
    string Name,
    string DatabaseName,
    string State,
    TenantSuspension Suspension,
    string? SuspensionReason,
    string SchemaVersion,
    int Members,
    AgreedQuotas Quotas,
    QuotasInForce EffectiveQuotas,
    Guid CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset? DeletedAt,
    DateTimeOffset? EraseAfter,
    bool ExportWanted
)
{
    internal static Task<TenantStateView?> FindAsync(ControlDbContext db, Guid tenantId, PlatformQuotas platform, CancellationToken ct) =>
        db.Tenants.AsNoTracking().Where(tenant => tenant.Id == tenantId).Select(CreateProjection(db, platform)).SingleOrDefaultAsync(ct);

    internal static Expression<Func<Tenant, TenantStateView>> CreateProjection(ControlDbContext db, PlatformQuotas platform) =>
        tenant => new TenantStateView(
            tenant.Id,
            tenant.Name,
            tenant.DatabaseName,
            tenant.State.ToString().ToLower(),
            tenant.Suspension,
            tenant.SuspensionReason,
            tenant.SchemaVersion,
            db.Set<Membership>().Count(membership => membership.TenantId == tenant.Id),
            new AgreedQuotas(
                tenant.Quotas.MaxMembers,
                tenant.Quotas.MaxDocuments,
                tenant.Quotas.MaxStorageBytes,
                tenant.Quotas.MaxRequestsPerMinute
            ),
            new QuotasInForce(
                tenant.Quotas.MaxMembers ?? platform.MaxMembers,
                tenant.Quotas.MaxDocuments ?? platform.MaxDocuments,
                tenant.Quotas.MaxStorageBytes ?? platform.MaxStorageBytes,
                tenant.Quotas.MaxRequestsPerMinute ?? platform.MaxRequestsPerMinute
            ),
            tenant.CreatedBy,
            tenant.CreatedAt,
            tenant.DeletedAt,
            tenant.EraseAfter,
            tenant.ExportWanted
        );
}

internal static class ListTenants
{
    internal static void Map(RouteGroupBuilder tenants) => tenants.MapGet("", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists tenants, newest first.</summary>
    /// <param name="search">Only tenants whose name contains this text (case-insensitive).</param>
    internal static async Task<Results<Ok<ApiResponse<TenantList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        [OneLine(Tenant.NameMaxLength)] string? search,
        ControlDbContext db,
        PlatformQuotas quotas,
        CancellationToken ct
    )
    {
        var tenants = db.Tenants.AsQueryable();
        if (!string.IsNullOrWhiteSpace(search))
        {
            var pattern = Sql.Containing(search.Trim());
            tenants = tenants.Where(tenant => EF.Functions.ILike(EF.Functions.Collate(tenant.Name, Sql.LetterOrder), pattern, Sql.Escape));
        }

        var outcome = await tenants
            .SortByDescending(tenant => tenant.CreatedAt, tenant => tenant.Id)
            .ReadAsync(page, TenantStateView.CreateProjection(db, quotas), ct);

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(new TenantList(found.Items, found.Pagination, found.NextCursor, found.HasMore), "Tenants retrieved");
    }
}

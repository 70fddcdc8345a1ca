using System.Linq.Expressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Operations;

/// <summary>One page of tenants.</summary>
/// <param name="Tenants">The tenants, newest first.</param>
/// <param name="Pagination">Which page of how many; null where a cursor was given.</param>
/// <param name="NextCursor">Where the next page begins, for `cursor`; null on the last one.</param>
/// <param name="HasMore">Whether there is a next page.</param>
public sealed record TenantList(IReadOnlyList<TenantStateView> Tenants, Pagination? Pagination, string? NextCursor, bool HasMore);

/// <summary>A tenant, as an operator sees it: what it is, and nothing of what is in it.</summary>
/// <param name="Id">The tenant's id.</param>
/// <param name="Name">1 to 255 characters.</param>
/// <param name="DatabaseName">The name of its database.</param>
/// <param name="State">provisioning, active, deleted or erasing.</param>
/// <param name="SchemaVersion">The newest migration that its database has.</param>
/// <param name="Members">Accounts that may act in it.</param>
/// <param name="Quotas">What was agreed for it alone; null where the platform's limit holds.</param>
/// <param name="EffectiveQuotas">What holds for it, the platform's limits included.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="CreatedAt">When it was made (UTC).</param>
/// <param name="DeletedAt">Since when it serves nobody (UTC).</param>
/// <param name="EraseAfter">From when on it is erased (UTC); null when nobody has ordered that.</param>
/// <param name="ExportWanted">Whether everything that it has is kept in a file before.</param>
public sealed record TenantStateView(
    Guid Id, string Name, string DatabaseName, string State, string SchemaVersion, int Members, AgreedQuotas Quotas, QuotasInForce EffectiveQuotas, Guid CreatedBy,
    DateTimeOffset CreatedAt, DateTimeOffset? DeletedAt, DateTimeOffset? EraseAfter, bool ExportWanted)
{
    internal static Expression<Func<Tenant, TenantStateView>> Of(ControlDbContext db, PlatformQuotas platform) => tenant => new TenantStateView(
        tenant.Id, tenant.Name, tenant.DatabaseName, tenant.State.ToString().ToLower(), tenant.SchemaVersion,
        db.Memberships.Count(membership => membership.TenantId == tenant.Id),
        new AgreedQuotas(tenant.Quotas.MaxMembers, tenant.Quotas.MaxDocuments, tenant.Quotas.MaxStorageBytes, tenant.Quotas.MaxRequestsPerMinute),
        new QuotasInForce(
            tenant.Quotas.MaxMembers ?? platform.MaxMembers, tenant.Quotas.MaxDocuments ?? platform.MaxDocuments, tenant.Quotas.MaxStorageBytes ?? platform.MaxStorageBytes,
            tenant.Quotas.MaxRequestsPerMinute ?? platform.MaxRequestsPerMinute),
        tenant.CreatedBy, tenant.CreatedAt, tenant.DeletedAt, tenant.EraseAfter, tenant.ExportWanted);
}

internal static class ListTenants
{
    internal static void Map(RouteGroupBuilder tenants) =>
        tenants.MapGet("", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists tenants, newest first.</summary>
    /// <param name="search">Only tenants whose name contains this text, in upper or lower case.</param>
    internal static async Task<Results<Ok<ApiResponse<TenantList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page, [OneLine(Tenant.NameMaxLength)] string? search, ControlDbContext db, PlatformQuotas quotas, CancellationToken ct)
    {
        var tenants = db.Tenants.AsQueryable();
        if (!string.IsNullOrWhiteSpace(search))
        {
            var pattern = Sql.Containing(search.Trim());
            tenants = tenants.Where(tenant => EF.Functions.ILike(EF.Functions.Collate(tenant.Name, Sql.LetterOrder), pattern, Sql.Escape));
        }

        var outcome = await tenants
            .SortByDescending(tenant => tenant.CreatedAt, tenant => tenant.Id)
            .ReadAsync(page, TenantStateView.Of(db, quotas), ct);

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(new TenantList(found.Items, found.Pagination, found.NextCursor, found.HasMore), "Tenants retrieved");
    }
}

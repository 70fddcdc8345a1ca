using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy;

internal static class ListMyTenants
{
    internal static void Map(RouteGroupBuilder tenants, RouteGroupBuilder users)
    {
        tenants.MapGet("", Handle).AllowTenantBoundSession().ProducesProblem(HttpProblems.BadRequest);
        users
            .MapGet("/me/tenants", Handle)
            .WithName("listTenantsOfProfile")
            .AllowTenantBoundSession()
            .ProducesProblem(HttpProblems.BadRequest);
    }

    /// <summary>Lists the tenants of the current user, newest membership first.</summary>
    internal static async Task<Results<Ok<ListResponse<TenantView>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        [FromQuery(Name = "include_deleted"), Description("Includes tenants that are deleted and can still be restored.")]
            bool? includeDeleted,
        CurrentUser currentUser,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        var memberships = db.Memberships.Where(membership =>
            membership.UserId == currentUser.UserId
            && (currentUser.RestrictedToTenantId == null || membership.TenantId == currentUser.RestrictedToTenantId)
        );
        var (listed, hidden) =
            includeDeleted == true
                ? (db.Tenants.Where(Tenant.HasDatabase), db.Tenants.Where(Tenant.HasNoDatabase))
                : (db.Tenants.Where(Tenant.IsActive), db.Tenants.Where(Tenant.IsInactive));
        var outcome = await memberships
            .Join(listed, membership => membership.TenantId, tenant => tenant.Id, (membership, tenant) => new { membership, tenant })
            .AsNoTracking()
            .SortByDescending(one => one.membership.JoinedAt, one => one.membership.TenantId)
            // Few tenants are hidden and a partial index has them, so excluding them costs less than reading each listed tenant.
            .WithTotalFrom(memberships.Where(membership => !hidden.Any(tenant => tenant.Id == membership.TenantId)))
            .ReadAsync(page.WithDefaultSize(ListResponse<TenantView>.DefaultSize), one => one, ct);

        return !outcome.TryGetValue(out var mine, out var problem)
            ? problem.ToHttp()
            : ListResponse.Ok(mine.Select(one => TenantView.From(one.tenant, one.membership)), "Tenants retrieved");
    }
}

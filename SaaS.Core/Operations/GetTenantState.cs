using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Operations;

internal static class GetTenantState
{
    internal static void Map(RouteGroupBuilder tenants) =>
        tenants.MapGet("/{tenantId:guid}", Handle).ProducesProblem(TenantRoutes.TenantNotFound);

    /// <summary>Gets a tenant with its state and quotas.</summary>
    internal static async Task<Results<Ok<ApiResponse<TenantStateView>>, ProblemResult>> Handle(
        Guid tenantId,
        ControlDbContext db,
        PlatformQuotas quotas,
        CancellationToken ct
    ) =>
        await FindAsync(db, tenantId, quotas, ct) is { } tenant
            ? ApiResponse.Ok(tenant, "Tenant retrieved")
            : TenantRoutes.TenantNotFound.ToHttp();

    public static Task<TenantStateView?> FindAsync(ControlDbContext db, Guid tenantId, PlatformQuotas platform, CancellationToken ct) =>
        db
            .Tenants.AsNoTracking()
            .Where(tenant => tenant.Id == tenantId)
            .Select(TenantStateView.CreateProjection(db, platform))
            .SingleOrDefaultAsync(ct);
}

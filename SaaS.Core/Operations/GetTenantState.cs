using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

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
        await TenantStateView.FindAsync(db, tenantId, quotas, ct) is { } tenant
            ? ApiResponse.Ok(tenant, "Tenant retrieved")
            : TenantRoutes.TenantNotFound.ToHttp();
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Operations;

internal static class ReopenTenant
{
    internal static void Map(RouteGroupBuilder tenants) =>
        tenants
            .MapPost("/{tenantId:guid}/restore", Handle)
            .ProducesProblem(TenantRoutes.TenantNotFound, TenantProblems.NotDeleted, TenantProblems.GracePeriodOver);

    /// <summary>Restores a deleted tenant and cancels its requested erasure.</summary>
    internal static async Task<Results<Ok<ApiResponse<TenantStateView>>, ProblemResult>> Handle(
        Guid tenantId,
        CurrentUser currentUser,
        ControlDbContext db,
        RestoreTenant restore,
        PlatformQuotas quotas,
        CancellationToken ct
    )
    {
        if (await TenantStateView.FindAsync(db, tenantId, quotas, ct) is null)
        {
            return TenantRoutes.TenantNotFound.ToHttp();
        }

        return await restore.RunAsync(tenantId, currentUser.Actor, cancelsErasure: true, ct) is { } refusal
            ? refusal.ToHttp()
            : ApiResponse.Ok((await TenantStateView.FindAsync(db, tenantId, quotas, ct))!, "Tenant restored");
    }
}

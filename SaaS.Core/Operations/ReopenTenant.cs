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
        tenants.MapPost("/{tenantId:guid}/restore", Handle).Refuses(TenantRoutes.TenantNotFound, TenantProblems.NotDeleted, TenantProblems.GraceIsOver);

    /// <summary>Opens a deleted tenant again, and takes an order to erase it back.</summary>
    internal static async Task<Results<Ok<Answer<TenantStateView>>, ProblemResult>> Handle(Guid tenantId, Caller caller, ControlDb db, RestoreTenant restore, PlatformQuotas quotas, CancellationToken ct)
    {
        if (await GetTenantState.FindAsync(db, tenantId, quotas, ct) is null)
        {
            return TenantRoutes.TenantNotFound.ToHttp();
        }

        return await restore.FindRefusalAsync(tenantId, caller.Actor, cancelsErasure: true, ct) is { } refusal
            ? refusal.ToHttp()
            : Answer.Ok((await GetTenantState.FindAsync(db, tenantId, quotas, ct))!, "Tenant restored");
    }
}

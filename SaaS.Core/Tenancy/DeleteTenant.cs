using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy;

internal static class DeleteTenant
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapDelete("", Handle).RequireTenantRole(TenantRole.Admin).RequireRecentProof();

    /// <summary>Deletes a tenant, so that its members lose access.</summary>
    /// <remarks>No data is removed: an admin can restore the tenant for 30 days, unless configured otherwise.</remarks>
    internal static async Task<Ok<SuccessResponse>> Handle(TenantScope scope, ControlDbContext db, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var closed = await db
            .Tenants.Where(tenant => tenant.Id == scope.TenantId && tenant.State == TenantState.Active) // one of two concurrent requests
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(tenant => tenant.State, TenantState.Deleted)
                        .SetProperty(tenant => tenant.DeletedAt, now)
                        .SetProperty(tenant => tenant.UpdatedAt, now),
                ct
            );

        if (closed == 1)
        {
            db.Outbox.Add(new TenantDeleted(scope.Actor.UserId), subject: scope.TenantId, tenantId: scope.TenantId);
            db.Audit.Record(scope.TenantId, scope.Actor, AuditAction.TenantDeleted, scope.TenantId, AuditDetails.Empty);
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
        }

        return SuccessResponse.Ok("Tenant deleted");
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy;

/// <summary>Restores a deleted tenant, for its admins and for operators.</summary>
internal sealed class RestoreTenant(ControlDbContext db, IOptions<TenantOptions> options, TimeProvider clock)
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapPost("/restore", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .AllowDeletedTenant()
            .ProducesProblem(TenantProblems.NotDeleted, TenantProblems.GracePeriodOver, TenantProblems.ErasureRequested);

    /// <summary>Restores a deleted tenant.</summary>
    /// <remarks>Once an operator has requested the erasure of the tenant, only operators can restore it.</remarks>
    internal static async Task<Results<Ok<ApiResponse<TenantView>>, ProblemResult>> Handle(
        TenantScope scope,
        CurrentUser currentUser,
        ControlDbContext db,
        RestoreTenant restore,
        CancellationToken ct
    ) =>
        await restore.RunAsync(scope.TenantId, scope.Actor, cancelsErasure: false, ct) is { } problem
            ? problem.ToHttp()
            : ApiResponse.Ok(
                await db.GetViewAsync(
                    await db.Tenants.AsNoTracking().SingleAsync(tenant => tenant.Id == scope.TenantId, ct),
                    scope,
                    currentUser,
                    ct
                ),
                "Tenant restored"
            );

    /// <param name="tenantId">The tenant.</param>
    /// <param name="actor">The actor that the audit entry names.</param>
    /// <param name="cancelsErasure">True when the actor may cancel a requested erasure.</param>
    /// <returns>The reason of a rejection; null when the tenant is restored.</returns>
    public async Task<Problem?> RunAsync(Guid tenantId, Actor actor, bool cancelsErasure, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var deletedAfter = now - options.Value.GracePeriod;

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var restored = await db
            .Tenants.Where(tenant => tenant.Id == tenantId && tenant.State == TenantState.Deleted && tenant.DeletedAt > deletedAfter)
            .Where(tenant => cancelsErasure || tenant.EraseAfter == null)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(tenant => tenant.State, TenantState.Active)
                        .SetProperty(tenant => tenant.DeletedAt, (DateTimeOffset?)null)
                        .SetProperty(tenant => tenant.EraseAfter, (DateTimeOffset?)null)
                        .SetProperty(tenant => tenant.UpdatedAt, now),
                ct
            );
        if (restored == 0)
        {
            var found = await db.Tenants.AsNoTracking().SingleOrDefaultAsync(tenant => tenant.Id == tenantId, ct);
            return found?.State is TenantState.Active ? TenantProblems.NotDeleted
                : found?.State is TenantState.Deleted && found.DeletedAt > deletedAfter ? TenantProblems.ErasureRequested
                : TenantProblems.GracePeriodOver;
        }

        db.Outbox.Add(new TenantRestored(actor.UserId), subject: tenantId, tenantId: tenantId);
        db.Audit.Record(tenantId, actor, AuditAction.TenantRestored, tenantId, AuditDetails.Empty);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return null;
    }
}

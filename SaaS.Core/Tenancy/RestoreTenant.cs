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

namespace SaaS.Core.Tenancy;

/// <summary>Opens a deleted tenant again; an operator does it by the same code.</summary>
internal sealed class RestoreTenant(ControlDbContext db, IOptions<TenantOptions> options, TimeProvider clock)
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapPost("/restore", Handle).RequireTenantRole(TenantRole.Admin).AllowDeletedTenant().ProducesProblem(TenantProblems.NotDeleted, TenantProblems.GraceIsOver, TenantProblems.ErasureOrdered);

    /// <summary>Opens a deleted tenant again.</summary>
    /// <remarks>A tenant whose erasure an operator has ordered is restored by operators alone.</remarks>
    internal static async Task<Results<Ok<ApiResponse<TenantView>>, ProblemResult>> Handle(TenantScope scope, CurrentUser currentUser, ControlDbContext db, RestoreTenant restore, CancellationToken ct) =>
        await restore.FindRefusalAsync(scope.TenantId, scope.Actor, cancelsErasure: false, ct) is { } refusal
            ? refusal.ToHttp()
            : ApiResponse.Ok(await db.ViewAsync(await db.Tenants.AsNoTracking().SingleAsync(tenant => tenant.Id == scope.TenantId, ct), currentUser, ct), "Tenant restored");

    /// <param name="tenantId">The tenant.</param>
    /// <param name="actor">Whose decision it is.</param>
    /// <param name="cancelsErasure">Whether the actor may undo an operator's order to erase the tenant.</param>
    /// <returns>Null when the tenant is open again.</returns>
    public async Task<Problem?> FindRefusalAsync(Guid tenantId, Actor actor, bool cancelsErasure, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var deletedAfter = now - options.Value.GracePeriod;

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var restored = await db.Tenants
            .Where(tenant => tenant.Id == tenantId && tenant.State == TenantState.Deleted && tenant.DeletedAt > deletedAfter)
            .Where(tenant => cancelsErasure || tenant.EraseAfter == null)
            .ExecuteUpdateAsync(set => set
                .SetProperty(tenant => tenant.State, TenantState.Active)
                .SetProperty(tenant => tenant.DeletedAt, (DateTimeOffset?)null)
                .SetProperty(tenant => tenant.EraseAfter, (DateTimeOffset?)null)
                .SetProperty(tenant => tenant.UpdatedAt, now), ct);
        if (restored == 0)
        {
            var found = await db.Tenants.AsNoTracking().SingleOrDefaultAsync(tenant => tenant.Id == tenantId, ct);
            return found?.State is TenantState.Active ? TenantProblems.NotDeleted
                : found?.State is TenantState.Deleted && found.DeletedAt > deletedAfter ? TenantProblems.ErasureOrdered
                : TenantProblems.GraceIsOver;
        }

        db.Outbox.Add(new TenantRestored(actor.UserId), subject: tenantId, tenantId: tenantId);
        db.Audit.Record(tenantId, actor, AuditAction.TenantRestored, tenantId, AuditDetails.None);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return null;
    }
}

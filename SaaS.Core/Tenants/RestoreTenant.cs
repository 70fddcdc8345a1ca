using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Audit;
using SaaS.Core.Databases;
using SaaS.Core.Events;
using SaaS.Platform.Http;

namespace SaaS.Core.Tenants;

/// <summary>Opens a deleted tenant again; an operator does it by the same code.</summary>
internal sealed class RestoreTenant(ControlDb db, IOptions<TenantOptions> options, TimeProvider clock)
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapPost("/restore", Handle).NeedsRole(TenantRole.Admin).ServesDeletedTenants().Refuses(TenantProblems.NotDeleted, TenantProblems.GraceIsOver);

    /// <summary>Opens a deleted tenant again.</summary>
    internal static async Task<Results<Ok<Answer<TenantView>>, ProblemResult>> Handle(TenantScope scope, Caller caller, ControlDb db, RestoreTenant restore, CancellationToken ct) =>
        await restore.FindRefusalAsync(scope.TenantId, scope.Actor, ct) is { } refusal
            ? refusal.ToHttp()
            : Answer.Ok(await db.ViewAsync(await db.Tenants.AsNoTracking().SingleAsync(tenant => tenant.Id == scope.TenantId, ct), caller, ct), "Tenant restored");

    /// <returns>Null when the tenant is open again.</returns>
    public async Task<Problem?> FindRefusalAsync(Guid tenantId, Actor actor, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var deletedAfter = now - options.Value.GracePeriod;

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var restored = await db.Tenants
            .Where(tenant => tenant.Id == tenantId && tenant.State == TenantState.Deleted && tenant.DeletedAt > deletedAfter)
            .ExecuteUpdateAsync(set => set
                .SetProperty(tenant => tenant.State, TenantState.Active)
                .SetProperty(tenant => tenant.DeletedAt, (DateTimeOffset?)null)
                .SetProperty(tenant => tenant.EraseAfter, (DateTimeOffset?)null)
                .SetProperty(tenant => tenant.UpdatedAt, now), ct);
        if (restored == 0)
        {
            return await db.Tenants.AnyAsync(tenant => tenant.Id == tenantId && tenant.State == TenantState.Active, ct)
                ? TenantProblems.NotDeleted
                : TenantProblems.GraceIsOver;
        }

        db.Outbox.Add(new TenantRestored(actor.UserId), subject: tenantId, tenantId: tenantId);
        db.Audit.Record(tenantId, actor, AuditAction.TenantRestored, tenantId, AuditDetails.None);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return null;
    }
}

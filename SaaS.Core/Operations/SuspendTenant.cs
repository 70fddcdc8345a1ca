using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Operations;

/// <summary>The suspension of a tenant.</summary>
/// <param name="Mode">read_only: members can read; closed: members have no access.</param>
/// <param name="Reason">1 to 500 characters, which are mailed to the tenant's admins.</param>
public sealed record SuspendTenantRequest(
    [Required, OneOf("read_only", "closed")] string Mode,
    [Required, OneLine(Tenant.SuspensionReasonMaxLength)] string Reason
);

internal static class SuspendTenant
{
    public static readonly Problem NotSuspendable = new(
        ProblemKind.Conflict,
        "TENANT_NOT_SUSPENDABLE",
        "Only an active tenant can be suspended"
    );

    internal static void Map(RouteGroupBuilder tenants) =>
        tenants.MapPost("/{tenantId:guid}/suspend", Handle).ProducesProblem(TenantRoutes.TenantNotFound, NotSuspendable);

    /// <summary>Suspends a tenant: it becomes read-only, or closed.</summary>
    /// <remarks>
    /// It takes effect at once, also for requests in progress. Sessions that are restricted to a closed tenant end, jobs skip it, and its
    /// events are still delivered. Its admins get a mail with the reason. Suspending again changes mode and reason.
    /// </remarks>
    internal static async Task<Results<Ok<ApiResponse<TenantStateView>>, ProblemResult>> Handle(
        Guid tenantId,
        SuspendTenantRequest request,
        CurrentUser currentUser,
        ControlDbContext db,
        SessionStore sessionStore,
        [AsParameters] Services services,
        CancellationToken ct
    )
    {
        var (quotas, clock) = services;
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(tenantId, ct);
        if (await db.Tenants.SingleOrDefaultAsync(candidate => candidate.Id == tenantId, ct) is not { } tenant)
        {
            return TenantRoutes.TenantNotFound.ToHttp();
        }

        if (tenant.State is not TenantState.Active)
        {
            return NotSuspendable.ToHttp();
        }

        tenant.Suspension = request.Mode is "closed" ? TenantSuspension.Closed : TenantSuspension.ReadOnly;
        tenant.SuspensionReason = request.Reason;
        tenant.UpdatedAt = clock.GetUtcNow();
        db.Outbox.Add(
            new TenantSuspended(tenantId, Guid.CreateVersion7(clock.GetUtcNow()), request.Mode, currentUser.UserId),
            subject: tenantId,
            tenantId: tenantId
        );
        db.Audit.Record(
            tenantId,
            currentUser.Actor,
            AuditAction.TenantSuspended,
            tenantId,
            AuditDetails.Create("reason", request.Reason).WithChange(db.Entry(tenant), nameof(Tenant.Suspension))
        );
        await db.SaveChangesAsync(ct);
        var ended = tenant.Suspension is TenantSuspension.Closed ? await sessionStore.EndRestrictedAsync(tenantId, ct) : [];
        await transaction.CommitAsync(ct);
        sessionStore.EvictFromCache(ended);

        return ApiResponse.Ok((await TenantStateView.FindAsync(db, tenantId, quotas, ct))!, "Tenant suspended");
    }

    internal sealed record Services(PlatformQuotas PlatformQuotas, TimeProvider Clock);
}

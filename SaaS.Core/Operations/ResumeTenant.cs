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
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Operations;

internal static class ResumeTenant
{
    private static readonly Problem NotSuspended = new(ProblemKind.Conflict, "TENANT_NOT_SUSPENDED", "This tenant is not suspended");

    internal static void Map(RouteGroupBuilder tenants) =>
        tenants.MapPost("/{tenantId:guid}/resume", Handle).ProducesProblem(TenantRoutes.TenantNotFound, NotSuspended);

    /// <summary>Ends the suspension of a tenant: its members can do again what their roles allow.</summary>
    /// <remarks>Its admins get a mail. Ended sessions stay ended.</remarks>
    internal static async Task<Results<Ok<ApiResponse<TenantStateView>>, ProblemResult>> Handle(
        Guid tenantId,
        CurrentUser currentUser,
        ControlDbContext db,
        PlatformQuotas quotas,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(tenantId, ct);
        if (await db.Tenants.SingleOrDefaultAsync(candidate => candidate.Id == tenantId, ct) is not { } tenant)
        {
            return TenantRoutes.TenantNotFound.ToHttp();
        }

        if (tenant.Suspension is TenantSuspension.None)
        {
            return NotSuspended.ToHttp();
        }

        (tenant.Suspension, tenant.SuspensionReason, tenant.UpdatedAt) = (TenantSuspension.None, null, clock.GetUtcNow());
        db.Outbox.Add(
            new TenantResumed(tenantId, Guid.CreateVersion7(clock.GetUtcNow()), currentUser.UserId),
            subject: tenantId,
            tenantId: tenantId
        );
        db.Audit.Record(
            tenantId,
            currentUser.Actor,
            AuditAction.TenantResumed,
            tenantId,
            AuditDetails.Empty.WithChange(db.Entry(tenant), nameof(Tenant.Suspension))
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);

        return ApiResponse.Ok((await TenantStateView.FindAsync(db, tenantId, quotas, ct))!, "Tenant resumed");
    }
}

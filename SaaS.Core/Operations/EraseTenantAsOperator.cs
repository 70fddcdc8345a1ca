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
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Operations;

internal static class EraseTenantAsOperator
{
    private static readonly Problem NotErasable = new(
        ProblemKind.Conflict,
        "TENANT_NOT_ERASABLE",
        "This tenant is being made or erased at this moment"
    );

    internal static void Map(RouteGroupBuilder tenants) =>
        tenants.MapDelete("/{tenantId:guid}", Handle).ProducesProblem(TenantRoutes.TenantNotFound, NotErasable);

    /// <summary>Requests the erasure of a tenant: its database, database role, objects and memberships.</summary>
    /// <remarks>
    /// The tenant is deleted immediately and erased by a job after the grace period, until which it can be restored. With `export=true`,
    /// all of its data is exported to a file before.
    /// </remarks>
    /// <param name="export">True to export all data of the tenant to a file before the erasure.</param>
    internal static async Task<Results<Ok<ApiResponse<TenantStateView>>, ProblemResult>> Handle(
        Guid tenantId,
        bool? export,
        CurrentUser currentUser,
        ControlDbContext db,
        IOptions<TenantOptions> options,
        TimeProvider clock,
        PlatformQuotas quotas,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(tenantId, ct);
        if (await db.Tenants.SingleOrDefaultAsync(candidate => candidate.Id == tenantId, ct) is not { } tenant)
        {
            return TenantRoutes.TenantNotFound.ToHttp();
        }

        if (tenant.State is TenantState.Provisioning or TenantState.Erasing)
        {
            return NotErasable.ToHttp();
        }

        var now = clock.GetUtcNow();
        if (tenant.State is TenantState.Active)
        {
            (tenant.State, tenant.DeletedAt) = (TenantState.Deleted, now);
            db.Outbox.Add(new TenantDeleted(currentUser.UserId), subject: tenantId, tenantId: tenantId);
            db.Audit.Record(tenantId, currentUser.Actor, AuditAction.TenantDeleted, tenantId, AuditDetails.Create("name", tenant.Name));
        }

        tenant.EraseAfter = tenant.DeletedAt + options.Value.GracePeriod;
        tenant.ExportWanted = export is true;
        tenant.UpdatedAt = now;
        db.Audit.Record(
            tenantId,
            currentUser.Actor,
            AuditAction.TenantErasureRequested,
            tenantId,
            AuditDetails.Create("name", tenant.Name).With("erase_after", tenant.EraseAfter).With("export", tenant.ExportWanted)
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);

        return ApiResponse.Ok((await GetTenantState.FindAsync(db, tenantId, quotas, ct))!, "Erasure requested");
    }
}

using Microsoft.EntityFrameworkCore;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Objects;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>
/// Erases a deleted tenant: exports its data if requested, then removes its database, role, objects and keys, which makes copies of
/// its encrypted values unreadable. Every step is idempotent, and the tenant's row is removed last, so that nothing is orphaned.
/// </summary>
internal sealed class EraseTenant(
    ControlDbContext db,
    NpgsqlDataSource control,
    PostgresSignIn signIn,
    TenantDatabases databases,
    TenantDataSources sources,
    ExportTenant export,
    ObjectStore objects,
    Cipher cipher,
    TimeProvider clock
)
{
    /// <returns>True when the tenant is erased; false when it has unpublished events or was restored.</returns>
    public async Task<bool> RunAsync(Guid tenantId, Actor actor, CancellationToken ct)
    {
        await using var connection = await signIn.OpenAsync(control, ct);
        await using var provisioningLock = await AdvisoryLock.AcquireAsync(connection, $"provision/{tenantId}", ct);

        var tenant = await db.Tenants.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == tenantId, ct);
        if (tenant is null)
        {
            return true;
        }

        if (tenant.State is TenantState.Deleted && !await BeginAsync(tenant, actor, ct))
        {
            return false;
        }

        await sources.CloseAsync(new DatabaseAddress(tenant.DatabaseName, tenant.DatabaseRole));
        if (!await databases.DropAsync(tenantId, ct))
        {
            throw new TimeoutException("The worker did not drop the database in time.");
        }

        await objects.DeleteAllAsync(ObjectKey.FilesOf(tenantId), ct);
        await cipher.DestroyAsync(tenantId, ct);

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Tenants.Where(candidate => candidate.Id == tenantId).ExecuteDeleteAsync(ct);
        await db.PendingTenants.Where(pending => pending.TenantId == tenantId).ExecuteDeleteAsync(ct);
        db.Outbox.Add(new TenantErased(), subject: tenantId, tenantId: tenantId);
        db.Audit.Record(tenantId, actor, AuditAction.TenantErased, tenantId, AuditDetails.Create("name", tenant.Name));
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    // After this the tenant cannot be restored.
    private async Task<bool> BeginAsync(Tenant tenant, Actor actor, CancellationToken ct)
    {
        if (!await export.RunAsync(tenant, actor, ct))
        {
            return false;
        }

        var now = clock.GetUtcNow();
        return await db
                .Tenants.Where(candidate =>
                    candidate.Id == tenant.Id && candidate.State == TenantState.Deleted && candidate.EraseAfter <= now
                )
                .ExecuteUpdateAsync(set => set.SetProperty(candidate => candidate.State, TenantState.Erasing), ct) == 1;
    }
}

using Microsoft.EntityFrameworkCore;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Objects;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>
/// Removes a deleted tenant for good: an export first if one is wanted, then its database, its role, its objects, its keys
/// (so that what was sealed for it is unreadable wherever it was copied to), and last the row that says that it ever was.
/// Every step looks at what is left, so that it can be repeated after a crash; the row goes last, so that nothing is left
/// behind that nobody knows of.
/// </summary>
internal sealed class EraseTenant(
    ControlDbContext db, NpgsqlDataSource control, PostgresSignIn signIn, TenantDatabases databases, TenantDataSources sources, ExportTenant export, ObjectStore objects, Cipher cipher, TimeProvider clock)
{
    /// <returns>Whether it is gone; false when events of it are still on their way, or somebody restored it.</returns>
    public async Task<bool> RunAsync(Guid tenantId, Actor actor, CancellationToken ct)
    {
        await using var connection = await signIn.OpenAsync(control, ct);
        await using var alone = await AdvisoryLock.AcquireAsync(connection, $"provision/{tenantId}", ct);

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
            throw new TimeoutException("The worker has not dropped the database in time.");
        }

        await objects.DeleteAllAsync(ObjectKey.FilesOf(tenantId), ct);
        await cipher.DestroyAsync(tenantId, ct);

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Tenants.Where(candidate => candidate.Id == tenantId).ExecuteDeleteAsync(ct);
        await db.PendingTenants.Where(hint => hint.TenantId == tenantId).ExecuteDeleteAsync(ct);
        db.Outbox.Add(new TenantErased(), subject: tenantId, tenantId: tenantId);
        db.Audit.Record(tenantId, actor, AuditAction.TenantErased, tenantId, AuditDetails.Of("name", tenant.Name));
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    // From here on nothing brings it back.
    private async Task<bool> BeginAsync(Tenant tenant, Actor actor, CancellationToken ct)
    {
        if (!await export.RunAsync(tenant, actor, ct))
        {
            return false;
        }

        var now = clock.GetUtcNow();
        return await db.Tenants
            .Where(candidate => candidate.Id == tenant.Id && candidate.State == TenantState.Deleted && candidate.EraseAfter <= now)
            .ExecuteUpdateAsync(set => set.SetProperty(candidate => candidate.State, TenantState.Erasing), ct) == 1;
    }
}

using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>
/// Creates or drops a tenant's role and database, depending on the state in its row. Every step is idempotent, so that it can be
/// repeated after a crash.
/// </summary>
internal sealed class ProvisionTenant(ControlDbContext db, DatabaseAdmin admin, Cipher cipher)
{
    /// <param name="tenantId">A tenant that is being created or erased; any other is left unchanged.</param>
    /// <param name="waits">True to wait for a process that holds the tenant's lock.</param>
    /// <returns>False when another process holds the tenant's lock.</returns>
    public async Task<bool> RunAsync(Guid tenantId, bool waits, CancellationToken ct)
    {
        await using var connection = await admin.OpenAsync(ct);
        var name = $"database/{tenantId}";
        await using var databaseLock = waits
            ? await AdvisoryLock.AcquireAsync(connection, name, ct)
            : await AdvisoryLock.TryAcquireAsync(connection, name, ct);
        if (databaseLock is null)
        {
            return false;
        }

        var tenant = await db.Tenants.SingleOrDefaultAsync(candidate => candidate.Id == tenantId, ct);
        if (tenant is { State: TenantState.Provisioning })
        {
            await CreateAsync(tenant, connection, ct);
        }
        else if (tenant is { State: TenantState.Erasing })
        {
            await DatabaseAdmin.DropDatabaseAsync(connection, tenant.DatabaseName, ct);
            await DatabaseAdmin.DropRoleAsync(connection, tenant.DatabaseRole, ct);
        }

        return true;
    }

    private async Task CreateAsync(Tenant tenant, Npgsql.NpgsqlConnection connection, CancellationToken ct)
    {
        var password = await cipher.DecryptAsync(tenant.EncryptedDatabasePassword, tenant.Id, TenantDatabase.PasswordPurpose, ct);
        await admin.EnsureRoleAsync(connection, tenant.DatabaseRole, password, ct);
        if (tenant.SchemaVersion != SchemaVersions.Tenant)
        {
            // Begun by another build: the database was never used, so it is cloned again from this build's template.
            await DatabaseAdmin.DropDatabaseAsync(connection, tenant.DatabaseName, ct);
            tenant.SchemaVersion = SchemaVersions.Tenant;
            await db.SaveChangesAsync(ct);
        }

        await DatabaseAdmin.EnsureCloneAsync(connection, tenant.DatabaseName, SchemaVersions.Template, owner: tenant.DatabaseRole, ct);
        tenant.State = TenantState.Active;
        db.Outbox.Add(new TenantCreated(tenant.CreatedBy), subject: tenant.Id, tenantId: tenant.Id);
        await db.SaveChangesAsync(ct);
    }
}

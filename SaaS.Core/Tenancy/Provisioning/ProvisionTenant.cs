using Microsoft.EntityFrameworkCore;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.SchemaMigration;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>
/// Creates or drops a tenant's role and database, as its row says. Every step looks at what is there and does what is missing, so
/// that it can be repeated after a crash.
/// </summary>
internal sealed class ProvisionTenant(ControlDbContext db, DatabaseAdmin admin, Cipher cipher)
{
    /// <param name="tenantId">A tenant that is being created or erased; any other is left as it is.</param>
    /// <param name="waits">Whether to wait where another process is working on it.</param>
    /// <returns>False when another process is working on it.</returns>
    public async Task<bool> RunAsync(Guid tenantId, bool waits, CancellationToken ct)
    {
        await using var connection = await admin.OpenAsync(ct);
        var name = $"database/{tenantId}";
        await using var alone = waits ? await AdvisoryLock.AcquireAsync(connection, name, ct) : await AdvisoryLock.TryAcquireAsync(connection, name, ct);
        if (alone is null)
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
        var password = await cipher.DecryptAsync(tenant.SealedDatabasePassword, tenant.Id, Tenant.PasswordPurpose, ct);
        await admin.EnsureRoleAsync(connection, tenant.DatabaseRole, password, ct);
        if (tenant.SchemaVersion != SchemaVersions.Tenant)
        {
            // Begun by another version. Nobody has ever been inside, so the clone is made anew, of our template.
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

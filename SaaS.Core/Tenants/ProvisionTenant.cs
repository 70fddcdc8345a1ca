using SaaS.Core.Databases;
using SaaS.Core.Events;
using SaaS.Platform.Postgres;
using SaaS.Platform.Secrets;

namespace SaaS.Core.Tenants;

/// <summary>
/// Makes what a tenant's row promises: its role, its database, and then that it serves. Every step looks at what is there
/// and does what is missing, so that the request that creates a tenant and the job that repairs one run the same code.
/// </summary>
internal sealed class ProvisionTenant(ControlDb db, DatabaseAdmin admin, Cipher cipher)
{
    public async Task RunAsync(Tenant tenant, CancellationToken ct)
    {
        await using var connection = await admin.OpenAsync(ct);
        await using var alone = await AdvisoryLock.AcquireAsync(connection, $"provision/{tenant.Id}", ct);

        await db.Entry(tenant).ReloadAsync(ct);
        if (tenant.State is not TenantState.Provisioning)
        {
            return; // somebody else was faster
        }

        var password = await cipher.UnsealAsync(tenant.SealedDatabasePassword, tenant.Id, Tenant.PasswordPurpose, ct);
        await DatabaseAdmin.EnsureRoleAsync(connection, tenant.DatabaseRole, password, ct);
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

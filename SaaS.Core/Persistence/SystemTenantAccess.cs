using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.SchemaMigration;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Persistence;

/// <summary>Lets the system itself into a tenant: consumers, jobs and the relay, each under a name that the audit shows.</summary>
internal sealed class SystemTenantAccess(ControlDbContext db)
{
    /// <summary>Every tenant there is, for whoever has to look at all of them.</summary>
    public IAsyncEnumerable<Guid> ListAsync() => db.Tenants.Select(tenant => tenant.Id).AsAsyncEnumerable();

    /// <summary>Whether there is such a tenant, in whatever state.</summary>
    public Task<bool> ExistsAsync(Guid tenantId, CancellationToken ct) => db.Tenants.AnyAsync(tenant => tenant.Id == tenantId, ct);

    /// <returns>The proof; null when there is no such tenant (any more), or it is being erased.</returns>
    /// <exception cref="TenantNotReadyException">The tenant is being made or migrated: its work has to wait.</exception>
    public async Task<TenantScope?> EnterAsync(Guid tenantId, Actor actor, CancellationToken ct)
    {
        var tenant = await db.Tenants.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == tenantId, ct);
        if (tenant is null or { State: TenantState.Erasing })
        {
            return null;
        }

        return tenant.State is TenantState.Provisioning || tenant.SchemaVersion != SchemaVersions.Tenant
            ? throw new TenantNotReadyException(tenantId)
            : TenantScope.Grant(tenantId, actor, TenantRole.Admin, tenant.Database);
    }
}

/// <summary>The tenant is being made or migrated; what is to be done in it waits.</summary>
internal sealed class TenantNotReadyException(Guid tenantId) : Exception($"Tenant {tenantId} is being made or migrated.");

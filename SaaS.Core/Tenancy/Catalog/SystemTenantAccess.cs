using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.Catalog;

/// <summary>Grants access to a tenant to the system itself: consumers, jobs and the relay, whose names appear in the audit.</summary>
internal sealed class SystemTenantAccess(ControlDbContext db)
{
    /// <summary>Lists the ids of all tenants, in any state.</summary>
    public IAsyncEnumerable<Guid> ListAsync() => db.Tenants.Select(tenant => tenant.Id).AsAsyncEnumerable();

    /// <summary>Lists the ids of the tenants on which scheduled jobs work: all but those that operators have closed.</summary>
    public IAsyncEnumerable<Guid> ListForJobsAsync() =>
        db.Tenants.Where(tenant => tenant.Suspension != TenantSuspension.Closed).Select(tenant => tenant.Id).AsAsyncEnumerable();

    /// <summary>Checks whether a tenant exists, in any state.</summary>
    public Task<bool> ExistsAsync(Guid tenantId, CancellationToken ct) => db.Tenants.AnyAsync(tenant => tenant.Id == tenantId, ct);

    /// <returns>The scope; null when the tenant does not exist or is being erased.</returns>
    /// <exception cref="TenantNotReadyException">The tenant is being provisioned or migrated; retry later.</exception>
    public async Task<TenantScope?> GetScopeAsync(Guid tenantId, Actor actor, CancellationToken ct)
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

/// <summary>The tenant is being provisioned or migrated; its work has to be retried later.</summary>
internal sealed class TenantNotReadyException(Guid tenantId) : Exception($"Tenant {tenantId} is being provisioned or migrated.");

using Microsoft.Extensions.DependencyInjection;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>Creates and drops tenants' databases, in this process where it is permitted, otherwise through the worker.</summary>
internal abstract class TenantDatabases
{
    /// <summary>The SQL condition that a database or a role of tenant <c>t</c> exists.</summary>
    public const string DatabaseOrRoleExists =
        "(EXISTS (SELECT FROM pg_database WHERE datname = t.database_name) OR EXISTS (SELECT FROM pg_roles WHERE rolname = t.database_role))";

    /// <summary>Creates the database of a tenant whose row exists.</summary>
    /// <returns>True when the tenant is ready; false when it was not created in time.</returns>
    public abstract Task<bool> CreateAsync(Guid tenantId, CancellationToken ct);

    /// <summary>Drops the database and the role of a tenant that is being erased.</summary>
    /// <returns>True when both are dropped; false when they were not dropped in time.</returns>
    public abstract Task<bool> DropAsync(Guid tenantId, CancellationToken ct);
}

/// <summary>Creates and drops databases in this process, for commands, which have the connection of the provisioning role.</summary>
internal sealed class LocalTenantDatabases(IServiceScopeFactory scopes) : TenantDatabases
{
    public override Task<bool> CreateAsync(Guid tenantId, CancellationToken ct) => RunAsync(tenantId, ct);

    public override Task<bool> DropAsync(Guid tenantId, CancellationToken ct) => RunAsync(tenantId, ct);

    private async Task<bool> RunAsync(Guid tenantId, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<ProvisionTenant>().RunAsync(tenantId, waits: true, ct);
        return true;
    }
}

using Microsoft.Extensions.DependencyInjection;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>Creates and drops tenants' databases, as their rows say: in this process where it may, otherwise through the worker.</summary>
internal abstract class TenantDatabases
{
    /// <summary>The condition in SQL that a tenant <c>t</c> has a database or a role still.</summary>
    public const string DatabaseOrRoleExists =
        "(EXISTS (SELECT FROM pg_database WHERE datname = t.database_name) OR EXISTS (SELECT FROM pg_roles WHERE rolname = t.database_role))";

    /// <summary>Creates the database of a tenant that is recorded.</summary>
    /// <returns>Whether the tenant is ready; false when it is not yet.</returns>
    public abstract Task<bool> CreateAsync(Guid tenantId, CancellationToken ct);

    /// <summary>Drops the database and the role of a tenant that is being erased.</summary>
    /// <returns>Whether both are gone; false when they are not yet.</returns>
    public abstract Task<bool> DropAsync(Guid tenantId, CancellationToken ct);
}

/// <summary>For commands, which have the connection of the provisioning role and no worker beside them.</summary>
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

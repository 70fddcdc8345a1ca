using Microsoft.Extensions.DependencyInjection;

namespace SaaS.Core.SchemaMigration;

/// <summary>The operations of the command line on the schema of all databases. They need the connection of the provisioning role.</summary>
public static class MigrationCommands
{
    /// <summary>Migrates every database, or that of one tenant, to the schema version of this build and reports progress.</summary>
    public static async Task<MigrationReport> MigrateDatabasesAsync(
        this IServiceProvider services,
        MigrationRequest request,
        Action<MigrationStep>? progress,
        CancellationToken ct
    )
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<MigrateDatabases>().RunAsync(request, progress, ct);
    }

    /// <summary>Lists the pending schema changes.</summary>
    /// <returns>Null when the requested tenant does not exist.</returns>
    public static Task<MigrationPlan?> PlanMigrationAsync(this IServiceProvider services, Guid? tenantId, CancellationToken ct) =>
        services.GetRequiredService<PlanMigration>().RunAsync(tenantId, ct);

    /// <summary>Lists the schema state of all tenants, or of one.</summary>
    public static async Task<IReadOnlyList<TenantMigrationView>> ListTenantMigrationsAsync(
        this IServiceProvider services,
        Guid? tenantId,
        CancellationToken ct
    )
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ListTenantMigrations>().ReadAllAsync(tenantId, ct);
    }

    /// <summary>Drops all data and creates an empty installation.</summary>
    /// <returns>The number of tenants that were dropped.</returns>
    public static async Task<int> ResetDatabasesAsync(this IServiceProvider services, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ResetDatabases>().RunAsync(ct);
    }
}

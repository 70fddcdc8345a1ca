namespace SaaS.Core.SchemaMigration;

/// <summary>
/// Migrates every database to this build's version: the control database, the template for new tenants, then each tenant that is
/// behind. It can be stopped, killed and repeated at any point, and concurrent runs share the work.
/// </summary>
internal sealed class MigrateDatabases(MigrateControl control, MigrateTenants tenants)
{
    public async Task<MigrationReport> RunAsync(MigrationRequest request, Action<MigrationStep>? progress, CancellationToken stopping) =>
        await control.RunAsync(stopping) && request.TenantId is null
            ? MigrationReport.NothingToDo
            : await tenants.RunAsync(request, progress, stopping);
}

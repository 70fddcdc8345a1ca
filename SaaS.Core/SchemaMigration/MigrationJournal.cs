using Npgsql;

namespace SaaS.Core.SchemaMigration;

/// <summary>What is noted of each tenant's migration, at once and by itself: a run that is cut off loses nothing of what it did.</summary>
internal sealed class MigrationJournal(NpgsqlDataSource control, TimeProvider clock)
{
    private const int ErrorMaxLength = 2000;

    /// <returns>False when there is nothing to do any more: another run was faster, or the tenant is gone.</returns>
    public async Task<bool> TryBeginAsync(Guid tenantId, CancellationToken ct) =>
        await RunAsync(
            """
            INSERT INTO tenant_migrations (tenant_id, target_version, state, started_at)
            SELECT id, $2, 'Running', $3 FROM tenants WHERE id = $1 AND schema_version < $2
            ON CONFLICT (tenant_id, target_version) DO UPDATE SET state = 'Running', error = NULL, started_at = excluded.started_at, ended_at = NULL
            """, tenantId, error: null, ct) > 0;

    /// <summary>One statement, and so one transaction: from here on the tenant is served.</summary>
    public Task EndAsync(Guid tenantId, CancellationToken ct) =>
        RunAsync(
            """
            WITH ended AS (UPDATE tenant_migrations SET state = 'Done', ended_at = $3 WHERE tenant_id = $1 AND target_version = $2)
            UPDATE tenants SET schema_version = $2 WHERE id = $1
            """, tenantId, error: null, ct);

    /// <returns>False when the tenant is gone, and with it the reason to complain.</returns>
    public async Task<bool> TryFailAsync(Guid tenantId, string error, CancellationToken ct) =>
        await RunAsync(
            """
            INSERT INTO tenant_migrations (tenant_id, target_version, state, error, started_at, ended_at)
            SELECT id, $2, 'Failed', $4, $3, $3 FROM tenants WHERE id = $1
            ON CONFLICT (tenant_id, target_version) DO UPDATE SET state = 'Failed', error = excluded.error, ended_at = excluded.ended_at
            """, tenantId, error.Length > ErrorMaxLength ? error[..ErrorMaxLength] : error, ct) > 0;

    private async Task<int> RunAsync(string statement, Guid tenantId, string? error, CancellationToken ct)
    {
#pragma warning disable CA2100 // the statements are those above
        await using var command = control.CreateCommand(statement);
#pragma warning restore CA2100
        command.Parameters.Add(new() { Value = tenantId });
        command.Parameters.Add(new() { Value = SchemaVersions.Tenant });
        command.Parameters.Add(new() { Value = clock.GetUtcNow() });
        if (error is not null)
        {
            command.Parameters.Add(new() { Value = error });
        }

        return await command.ExecuteNonQueryAsync(ct);
    }
}

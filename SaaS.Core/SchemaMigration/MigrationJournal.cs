using Npgsql;
using SaaS.Core.Persistence;

namespace SaaS.Core.SchemaMigration;

/// <summary>Records each tenant's migration in a transaction of its own, so that an interrupted run loses nothing.</summary>
internal sealed class MigrationJournal(NpgsqlDataSource control, TimeProvider clock)
{
    private const int ErrorMaxLength = 2000;

    /// <returns>False when another run has already migrated the tenant, or the tenant was erased.</returns>
    public async Task<bool> TryBeginAsync(Guid tenantId, CancellationToken ct) =>
        await RunAsync(
            """
            INSERT INTO tenant_migrations (tenant_id, target_version, state, started_at)
            SELECT id, $2, 'Running', $3 FROM tenants WHERE id = $1 AND schema_version < $2
            ON CONFLICT (tenant_id, target_version) DO UPDATE SET state = 'Running', error = NULL, started_at = excluded.started_at, ended_at = NULL
            """,
            tenantId,
            error: null,
            ct
        ) > 0;

    /// <summary>Records the end of a migration and makes the tenant available, in one statement and so in one transaction.</summary>
    public Task EndAsync(Guid tenantId, CancellationToken ct) =>
        RunAsync(
            """
            WITH ended AS (UPDATE tenant_migrations SET state = 'Done', ended_at = $3 WHERE tenant_id = $1 AND target_version = $2)
            UPDATE tenants SET schema_version = $2 WHERE id = $1
            """,
            tenantId,
            error: null,
            ct
        );

    /// <returns>False when the tenant was erased, so that there is no failure to report.</returns>
    public async Task<bool> TryFailAsync(Guid tenantId, string error, CancellationToken ct) =>
        await RunAsync(
            """
            INSERT INTO tenant_migrations (tenant_id, target_version, state, error, started_at, ended_at)
            SELECT id, $2, 'Failed', $4, $3, $3 FROM tenants WHERE id = $1
            ON CONFLICT (tenant_id, target_version) DO UPDATE SET state = 'Failed', error = excluded.error, ended_at = excluded.ended_at
            """,
            tenantId,
            error.Length > ErrorMaxLength ? error[..ErrorMaxLength] : error,
            ct
        ) > 0;

    private async Task<int> RunAsync(string statement, Guid tenantId, string? error, CancellationToken ct)
    {
#pragma warning disable CA2100 // the statement is one of the constants above
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

using Npgsql;

namespace SaaS.Core.Events;

/// <summary>The hints which tenants' outboxes may hold something; see <see cref="PendingTenant"/>.</summary>
internal sealed class PendingTenants(NpgsqlDataSource control, TimeProvider clock)
{
    /// <summary>
    /// A hint younger than this is kept even when the outbox was found empty: the transaction that it announces may
    /// still be under way. Longer than any statement may run.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    // A busy tenant would otherwise rewrite its one row at every write, and all its writers would queue for it.
    private static readonly TimeSpan Precision = TimeSpan.FromSeconds(1);

    public async Task MarkAsync(Guid tenantId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var command = control.CreateCommand(
            """
            INSERT INTO pending_tenants (tenant_id, marked_at) VALUES ($1, $2)
            ON CONFLICT (tenant_id) DO UPDATE SET marked_at = excluded.marked_at WHERE pending_tenants.marked_at < $3
            """);
        command.Parameters.Add(new() { Value = tenantId });
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = now - Precision });
        await command.ExecuteNonQueryAsync(ct);
    }

    public async Task<IReadOnlyList<Guid>> ListAsync(CancellationToken ct)
    {
        await using var command = control.CreateCommand("SELECT tenant_id FROM pending_tenants");
        await using var reader = await command.ExecuteReaderAsync(ct);

        var tenants = new List<Guid>();
        while (await reader.ReadAsync(ct))
        {
            tenants.Add(reader.GetGuid(0));
        }

        return tenants;
    }

    /// <summary>Takes the hint away, unless it is too young to be sure; called when the outbox was found empty at <paramref name="foundEmptyAt"/>.</summary>
    public async Task ClearAsync(Guid tenantId, DateTimeOffset foundEmptyAt, CancellationToken ct)
    {
        await using var command = control.CreateCommand("DELETE FROM pending_tenants WHERE tenant_id = $1 AND marked_at < $2");
        command.Parameters.Add(new() { Value = tenantId });
        command.Parameters.Add(new() { Value = foundEmptyAt - Grace });
        await command.ExecuteNonQueryAsync(ct);
    }
}

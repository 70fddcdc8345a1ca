using System.Collections.Concurrent;
using Npgsql;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Messaging;

/// <summary>
/// The hints which tenants' outboxes may hold something; see <see cref="PendingTenant"/>. All times are the control
/// database's own, so that the clocks of two hosts are never compared.
/// </summary>
internal sealed class PendingTenants(NpgsqlDataSource control, PostgresSignIn signIn, TimeProvider clock)
{
    /// <summary>
    /// Longer than any transaction that writes events takes. A hint of this age is looked at once more and then taken
    /// away; a younger one is kept, because what it announces may not be committed yet.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(3);

    /// <summary>How exact a mark is: a busy tenant would otherwise rewrite its one row at every write, and its writers would queue for it.</summary>
    public static readonly TimeSpan Precision = TimeSpan.FromSeconds(1);

    // A mark of ours may leave a slightly older one standing, and is itself remembered for a while: together no longer than the precision.
    private static readonly TimeSpan GoodFor = Precision / 2;

    private readonly ConcurrentDictionary<Guid, long> _marked = [];

    public async Task MarkAsync(Guid tenantId, CancellationToken ct)
    {
        var now = clock.GetTimestamp();
        if (_marked.TryGetValue(tenantId, out var at) && clock.GetElapsedTime(at, now) < GoodFor)
        {
            return;
        }

        await using var connection = await signIn.OpenAsync(control, ct);
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO pending_tenants (tenant_id, marked_at) VALUES ($1, clock_timestamp())
            ON CONFLICT (tenant_id) DO UPDATE SET marked_at = excluded.marked_at WHERE pending_tenants.marked_at < clock_timestamp() - $2
            """,
            connection);
        command.Parameters.Add(new() { Value = tenantId });
        command.Parameters.Add(new() { Value = GoodFor });
        await command.ExecuteNonQueryAsync(ct);
        _marked[tenantId] = now;
    }

    /// <summary>Whose outboxes are worth a look, the control database's own among them: one statement, because the relay asks every few seconds.</summary>
    public async Task<Found> LookAsync(CancellationToken ct)
    {
        await using var command = control.CreateCommand(
            """
            SELECT EXISTS (SELECT FROM outbox WHERE position IS NOT NULL), h.tenant_id, h.marked_at, clock_timestamp()
            FROM (SELECT) AS always LEFT JOIN pending_tenants h ON true
            """);
        await using var reader = await command.ExecuteReaderAsync(ct);

        var (controlWaits, hints) = (false, new List<Hint>());
        while (await reader.ReadAsync(ct))
        {
            controlWaits = reader.GetBoolean(0);
            if (!await reader.IsDBNullAsync(1, ct))
            {
                hints.Add(new Hint(reader.GetGuid(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetFieldValue<DateTimeOffset>(3)));
            }
        }

        return new Found(controlWaits, hints);
    }

    /// <summary>Takes a hint away whose tenant was found to have told everything, unless it was marked too shortly before we looked.</summary>
    public async Task ClearAsync(Hint hint, CancellationToken ct)
    {
        await using var command = control.CreateCommand("DELETE FROM pending_tenants WHERE tenant_id = $1 AND marked_at < $2");
        command.Parameters.Add(new() { Value = hint.TenantId });
        command.Parameters.Add(new() { Value = hint.ReadAt - Grace });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Takes the hint of a tenant away that is no more.</summary>
    public async Task ForgetAsync(Guid tenantId, CancellationToken ct)
    {
        await using var command = control.CreateCommand("DELETE FROM pending_tenants WHERE tenant_id = $1");
        command.Parameters.Add(new() { Value = tenantId });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>What was found at one look.</summary>
    /// <param name="ControlWaits">The control database's outbox holds something.</param>
    /// <param name="Hints">The tenants' hints.</param>
    public sealed record Found(bool ControlWaits, IReadOnlyList<Hint> Hints);

    /// <summary>A hint as it was read.</summary>
    /// <param name="TenantId">Whose outbox it is.</param>
    /// <param name="MarkedAt">When a transaction last announced itself.</param>
    /// <param name="ReadAt">When this was read: what was committed before it is seen by whoever looks now.</param>
    public sealed record Hint(Guid TenantId, DateTimeOffset MarkedAt, DateTimeOffset ReadAt)
    {
        public bool IsOld => MarkedAt < ReadAt - Grace;
    }
}

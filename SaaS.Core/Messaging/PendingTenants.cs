using System.Collections.Concurrent;
using Npgsql;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Messaging;

/// <summary>
/// Reads and writes the pending-tenant markers (see <see cref="PendingTenant"/>). All times come from the control database, so that the
/// clocks of two hosts are never compared.
/// </summary>
internal sealed class PendingTenants(NpgsqlDataSource control, PostgresSignIn signIn, TimeProvider clock)
{
    /// <summary>
    /// The minimum age at which a marker may be deleted. It is longer than any transaction that writes events, because the
    /// transaction of a younger marker may not have committed yet.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(3);

    /// <summary>The precision of markers: without it, the writers of a busy tenant would contend for its row.</summary>
    public static readonly TimeSpan Precision = TimeSpan.FromSeconds(1);

    // A write may keep a slightly older marker and is then cached: each takes half of the precision.
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
            connection
        );
        command.Parameters.Add(new() { Value = tenantId });
        command.Parameters.Add(new() { Value = GoodFor });
        await command.ExecuteNonQueryAsync(ct);
        _marked[tenantId] = now;
    }

    /// <summary>Reads which outboxes may hold messages, in one statement because the relay polls every few seconds.</summary>
    public async Task<PendingOutboxes> PollAsync(CancellationToken ct)
    {
        await using var command = control.CreateCommand(
            """
            SELECT EXISTS (SELECT FROM outbox WHERE position IS NOT NULL), h.tenant_id, h.marked_at, clock_timestamp()
            FROM (SELECT) AS always LEFT JOIN pending_tenants h ON true
            """
        );
        await using var reader = await command.ExecuteReaderAsync(ct);

        var (controlWaits, markers) = (false, new List<Marker>());
        while (await reader.ReadAsync(ct))
        {
            controlWaits = reader.GetBoolean(0);
            if (!await reader.IsDBNullAsync(1, ct))
            {
                markers.Add(
                    new Marker(reader.GetGuid(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetFieldValue<DateTimeOffset>(3))
                );
            }
        }

        return new PendingOutboxes(controlWaits, markers);
    }

    /// <summary>
    /// Deletes the marker of a tenant with an empty outbox, unless it was set within <see cref="Grace"/> before it was read.
    /// </summary>
    public async Task ClearAsync(Marker marker, CancellationToken ct)
    {
        await using var command = control.CreateCommand("DELETE FROM pending_tenants WHERE tenant_id = $1 AND marked_at < $2");
        command.Parameters.Add(new() { Value = marker.TenantId });
        command.Parameters.Add(new() { Value = marker.ReadAt - Grace });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Deletes the marker of a tenant that no longer exists.</summary>
    public async Task DeleteAsync(Guid tenantId, CancellationToken ct)
    {
        await using var command = control.CreateCommand("DELETE FROM pending_tenants WHERE tenant_id = $1");
        command.Parameters.Add(new() { Value = tenantId });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The result of a poll.</summary>
    /// <param name="HasControlMessages">True when the control database's outbox holds messages.</param>
    /// <param name="Markers">The markers of tenants.</param>
    public sealed record PendingOutboxes(bool HasControlMessages, IReadOnlyList<Marker> Markers);

    /// <summary>A pending-tenant marker.</summary>
    /// <param name="TenantId">The tenant.</param>
    /// <param name="MarkedAt">Time at which a transaction last set the marker.</param>
    /// <param name="ReadAt">Time at which the marker was read; later polls see everything committed before.</param>
    public sealed record Marker(Guid TenantId, DateTimeOffset MarkedAt, DateTimeOffset ReadAt)
    {
        public bool IsExpired => MarkedAt < ReadAt - Grace;
    }
}

using System.Buffers.Binary;
using Microsoft.Extensions.Options;
using Npgsql;
using SaaS.Core.Messaging;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>
/// Measures the lag of the relay: from the oldest event in the control database's outbox, and from the age of pending-tenant markers
/// beyond <see cref="PendingTenants.Grace"/>, after which the relay deletes them. While a tenant keeps writing, its marker stays young and
/// its lag is not visible.
/// </summary>
internal sealed class RelayLag(NpgsqlDataSource control, IOptions<MonitoringOptions> options, TimeProvider clock)
{
    /// <returns>The lag, and the number of tenants above the threshold.</returns>
    public async Task<(TimeSpan Late, long Tenants)> ReadAsync(CancellationToken ct)
    {
        await using var command = control.CreateCommand(
            """
            SELECT coalesce((SELECT max(clock_timestamp() - marked_at) FROM pending_tenants), interval '0'),
                   (SELECT count(*) FROM pending_tenants WHERE marked_at < clock_timestamp() - $1),
                   (SELECT id FROM outbox ORDER BY id LIMIT 1)
            """
        );
        command.Parameters.Add(new() { Value = PendingTenants.Grace + options.Value.RelayLagDegraded });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);

        var byHints = reader.GetTimeSpan(0) - PendingTenants.Grace;
        var byOutbox = await reader.IsDBNullAsync(2, ct) ? TimeSpan.Zero : clock.GetUtcNow() - WrittenAt(reader.GetGuid(2));
        return (byHints > byOutbox ? byHints : byOutbox, reader.GetInt64(1));
    }

    // The UUIDv7 of an outbox message holds the time of writing; the time of the envelope is older for a replayed dead letter.
    private static DateTimeOffset WrittenAt(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes) >> 16);
    }
}

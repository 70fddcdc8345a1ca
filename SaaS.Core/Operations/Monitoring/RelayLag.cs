using System.Buffers.Binary;
using Microsoft.Extensions.Options;
using Npgsql;
using SaaS.Core.Messaging;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>
/// How long the relay is late. The control database's own outbox tells by its oldest event; a tenant's, which is not opened
/// for this, by its hint: the relay takes it away once it is older than <see cref="PendingTenants.Grace"/> and everything is
/// published, so what it is older than that, the relay is late. A tenant that goes on writing keeps its hint young, and shows only
/// when it rests.
/// </summary>
internal sealed class RelayLag(NpgsqlDataSource control, IOptions<MonitoringOptions> options, TimeProvider clock)
{
    /// <returns>How late it is, and for how many tenants it is later than it may be.</returns>
    public async Task<(TimeSpan Late, long Tenants)> ReadAsync(CancellationToken ct)
    {
        await using var command = control.CreateCommand(
            """
            SELECT coalesce((SELECT max(clock_timestamp() - marked_at) FROM pending_tenants), interval '0'),
                   (SELECT count(*) FROM pending_tenants WHERE marked_at < clock_timestamp() - $1),
                   (SELECT id FROM outbox ORDER BY id LIMIT 1)
            """);
        command.Parameters.Add(new() { Value = PendingTenants.Grace + options.Value.RelayLagDegraded });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);

        var byHints = reader.GetTimeSpan(0) - PendingTenants.Grace;
        var byOutbox = await reader.IsDBNullAsync(2, ct) ? TimeSpan.Zero : clock.GetUtcNow() - WrittenAt(reader.GetGuid(2));
        return (byHints > byOutbox ? byHints : byOutbox, reader.GetInt64(1));
    }

    // The id of an event in an outbox begins with the milliseconds at which it was written. The envelope's own time may be far older: a dead event that is replayed.
    private static DateTimeOffset WrittenAt(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes) >> 16);
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Infrastructure.Messaging;

/// <summary>
/// An event log in the control database, with partitions and offsets as in a broker. Publishing locks the head row of a partition, so that
/// offsets become visible without gaps; consuming holds a lock per partition, and a consumer that lost its lock unnoticed sees that the
/// offset has moved and stops.
/// </summary>
public sealed partial class PostgresTransport(
    NpgsqlDataSource control,
    SharedLocks locks,
    PostgresNotifications notifications,
    TimeProvider clock,
    ILogger<PostgresTransport> logger
) : EventTransport
{
    private const int Partitions = 16;
    private const int BatchSize = 100;
    private const string Channel = "event_log";
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    public override string MessagingSystem => "postgresql";

    public override async Task PublishAsync(IReadOnlyList<EventRecord> records, CancellationToken ct)
    {
        await using (var connection = await control.OpenConnectionAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            // Always in the order of the partitions, or two publishers could deadlock.
            foreach (var batch in records.GroupBy(record => PartitionOf(record.Key)).OrderBy(group => group.Key))
            {
                await AppendAsync(connection, batch.Key, [.. batch], ct);
            }

            await transaction.CommitAsync(ct);
        }

        notifications.Send(Channel, payload: "");
    }

    public override async Task ConsumeAsync(
        string group,
        IReadOnlyCollection<string> topics,
        Func<EventRecord, CancellationToken, Task> handle,
        CancellationToken ct
    )
    {
        var handler = new RecordHandler(handle, clock, logger);
        var lag = 0L;
        using var metric = EventLag.Observe(group, () => [(null, Volatile.Read(ref lag))]);
        var wake = new WakeUp();
        wake.Set();
        var listening = notifications.ListenAsync(Channel, _ => wake.Set(), clock, ct);
        var underWay = new Dictionary<int, Task>();

        try
        {
            while (!listening.IsCompleted)
            {
                await wake.WaitAsync(PollInterval, clock, ct);
                var waiting = await WaitingPartitionsAsync(group, ct);
                Volatile.Write(ref lag, waiting.Sum(partition => partition.Records));
                foreach (var (partition, _) in waiting)
                {
                    // Partitions are independent, so that a stuck handler blocks only its own.
                    if (!underWay.TryGetValue(partition, out var earlier) || earlier.IsCompleted)
                    {
                        var consuming = Task.Run(
                            () => ConsumePartitionAsync(group, partition, topics, handler, ct),
                            CancellationToken.None
                        );
                        underWay[partition] = consuming;
                        _ = WakeAfterAsync(consuming, wake);
                    }
                }
            }

            await listening; // ends only by cancellation, or by a failure that the host must see
        }
        finally
        {
            await Task.WhenAll(underWay.Values);
        }
    }

    public override async Task<long> CountWaitingAsync(string group, CancellationToken ct)
    {
        await using var command = control.CreateCommand(
            """
            SELECT coalesce(sum(h.next_position - coalesce(o.next_position, 0)), 0)::bigint
            FROM event_log_heads h LEFT JOIN event_log_offsets o ON o.partition = h.partition AND o.consumer_group = $1
            """
        );
        command.Parameters.Add(new() { Value = group });
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    public override async Task<long> PurgeAsync(TimeSpan age, CancellationToken ct)
    {
        await using var command = control.CreateCommand(
            """
            DELETE FROM event_log r
            WHERE r.published_at < $1
              AND r.position < (SELECT min(o.next_position) FROM event_log_offsets o WHERE o.partition = r.partition)
            """
        );
        command.Parameters.Add(new() { Value = clock.GetUtcNow() - age });
        return await command.ExecuteNonQueryAsync(ct);
    }

    private async Task AppendAsync(NpgsqlConnection connection, int partition, IReadOnlyList<EventRecord> records, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            WITH head AS (
                INSERT INTO event_log_heads AS h (partition, next_position) VALUES ($1, $2)
                ON CONFLICT (partition) DO UPDATE SET next_position = h.next_position + $2
                RETURNING next_position - $2 AS first
            )
            INSERT INTO event_log (partition, position, topic, key, value, trace_parent, published_at)
            SELECT $1, head.first + r.ordinal - 1, r.topic, r.key, r.value, r.trace_parent, $7
            FROM head, unnest($3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY AS r (topic, key, value, trace_parent, ordinal)
            """,
            connection
        )
        {
            Parameters =
            {
                new() { Value = partition },
                new() { Value = (long)records.Count },
                new() { Value = records.Select(record => record.Topic).ToArray() },
                new() { Value = records.Select(record => record.Key).ToArray() },
                new() { Value = records.Select(record => record.Value).ToArray() },
                new()
                {
                    Value = records.Select(record => record.TraceParent).ToArray(),
                    NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
                },
                new() { Value = clock.GetUtcNow() },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<List<(int Partition, long Records)>> WaitingPartitionsAsync(string group, CancellationToken ct)
    {
        var partitions = new List<(int, long)>();
        try
        {
            await using var command = control.CreateCommand(
                """
                SELECT h.partition, h.next_position - coalesce(o.next_position, 0)
                FROM event_log_heads h LEFT JOIN event_log_offsets o ON o.partition = h.partition AND o.consumer_group = $1
                WHERE h.next_position > coalesce(o.next_position, 0)
                """
            );
            command.Parameters.Add(new() { Value = group });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                partitions.Add((reader.GetInt32(0), reader.GetInt64(1)));
            }
        }
        catch (Exception e) when (PostgresFailures.IsServerFailure(e) && !ct.IsCancellationRequested)
        {
            LogRetrying(e, group);
        }

        return partitions;
    }

    // A record may have arrived after the last read of a partition and before its release.
    private static async Task WakeAfterAsync(Task<bool> consuming, WakeUp wake)
    {
        if (await consuming)
        {
            wake.Set();
        }
    }

    /// <returns>True when records were consumed.</returns>
    private async Task<bool> ConsumePartitionAsync(
        string group,
        int partition,
        IReadOnlyCollection<string> topics,
        RecordHandler handler,
        CancellationToken ct
    )
    {
        var consumed = false;
        try
        {
            // Holds no pooled connection while a handler needs one
            await using var mine = await locks.TryAcquireAsync($"event_log/{group}/{partition}", ct);
            if (mine is null)
            {
                return false; // another process consumes it
            }

            while (await ReadBatchAsync(group, partition, ct) is { Count: > 0 } batch)
            {
                var next = batch[0].Offset;
                foreach (var (_, position, record) in batch)
                {
                    if (topics.Contains(record.Topic))
                    {
                        await handler.HandleUntilDoneAsync(record, stop: ct, ct);
                    }

                    // A shutdown must not lose the progress
                    if (!await TryCommitAsync(group, partition, next, position + 1, CancellationToken.None))
                    {
                        return consumed; // another process has taken it over
                    }

                    next = position + 1;
                    consumed = true;
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Stopping: uncommitted records are delivered again.
        }
        catch (Exception e) when (PostgresFailures.IsServerFailure(e))
        {
            LogRetrying(e, group); // uncommitted records are delivered again at the next poll
        }

        return consumed;
    }

    private async Task<List<(long Offset, long Position, EventRecord Record)>> ReadBatchAsync(
        string group,
        int partition,
        CancellationToken ct
    )
    {
        await using var command = control.CreateCommand(
            $"""
            SELECT o.next_position, r.position, r.topic, r.key, r.value, r.trace_parent
            FROM (SELECT coalesce((SELECT next_position FROM event_log_offsets WHERE consumer_group = $1 AND partition = $2), 0)) AS o (next_position)
            JOIN event_log r ON r.partition = $2 AND r.position >= o.next_position
            ORDER BY r.position LIMIT {BatchSize}
            """
        );
        command.Parameters.Add(new() { Value = group });
        command.Parameters.Add(new() { Value = partition });
        await using var reader = await command.ExecuteReaderAsync(ct);

        var batch = new List<(long, long, EventRecord)>();
        while (await reader.ReadAsync(ct))
        {
            var record = new EventRecord(
                reader.GetString(2),
                reader.GetString(3),
                reader.GetString(4),
                await reader.IsDBNullAsync(5, ct) ? null : reader.GetString(5)
            );
            batch.Add((reader.GetInt64(0), reader.GetInt64(1), record));
        }

        return batch;
    }

    /// <returns>False when another process has moved the offset.</returns>
    private async Task<bool> TryCommitAsync(string group, int partition, long from, long next, CancellationToken ct)
    {
        await using var command = control.CreateCommand(
            """
            INSERT INTO event_log_offsets AS o (consumer_group, partition, next_position) VALUES ($1, $2, $4)
            ON CONFLICT (consumer_group, partition) DO UPDATE SET next_position = excluded.next_position WHERE o.next_position = $3
            """
        );
        command.Parameters.Add(new() { Value = group });
        command.Parameters.Add(new() { Value = partition });
        command.Parameters.Add(new() { Value = from });
        command.Parameters.Add(new() { Value = next });
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    // Stable across processes and versions, unlike string.GetHashCode.
    private static int PartitionOf(string key) =>
        (int)(BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(key))) % Partitions);

    [LoggerMessage(EventId = 1301, Level = LogLevel.Warning, Message = "Consumer group {Group} cannot read the event log; retrying")]
    private partial void LogRetrying(Exception exception, string group);
}

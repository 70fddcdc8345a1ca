using System.Diagnostics;
using Confluent.Kafka;
using Npgsql;
using SaaS.Core.Messaging;

namespace SaaS.Benchmarks;

/// <summary>The throughput of the relay: reads events in order, publishes them and deletes them once acknowledged.</summary>
internal static class RelayThroughput
{
    private const int Partitions = 16;
    private const int SideBySide = 8; // as in the relay

    internal static readonly Figure Figure = new(
        "relay-throughput",
        $"events from the outboxes of {FilledOutboxes.TenantCount} tenants to Kafka ÷ the same records from memory by a bare idempotent producer",
        "events/s",
        Goal.AtLeast(0.5),
        (system, ct) => MeasureAsync(system, (outboxes, topic, producer) => Task.FromResult(FromMemory(outboxes, topic, producer, ct)), ct)
    );

    internal static readonly Figure AgainstPlainLoop = new(
        "relay-plain",
        "the same ÷ a loop of plain statements and that producer over the same outboxes, which knows no tenant and locks nothing",
        "events/s",
        Goal: null,
        (system, ct) => MeasureAsync(system, (outboxes, topic, producer) => FromOutboxesAsync(outboxes, topic, producer, ct), ct)
    );

    private static async Task<Measured> MeasureAsync(
        SystemUnderMeasurement system,
        Func<FilledOutboxes, string, IProducer<string, string>, Task<double>> anchor,
        CancellationToken ct
    )
    {
        using var kafka = new KafkaBrokers();
        var settings = kafka.PrepareInstallation(Partitions);
        var topic = settings["Kafka__TopicPrefix"] + DocumentUpdated.Type;
        using var bare = new ProducerBuilder<string, string>(
            new ProducerConfig
            {
                BootstrapServers = kafka.Servers,
                Acks = Acks.All,
                EnableIdempotence = true,
                CompressionType = CompressionType.Lz4,
                Partitioner = Partitioner.Murmur2Random,
            }
        ).Build();
        return await RelayRounds.MeasureAsync(system, settings, outboxes => anchor(outboxes, topic, bare), ct);
    }

    private static double FromMemory(FilledOutboxes outboxes, string topic, IProducer<string, string> producer, CancellationToken ct)
    {
        var records = outboxes
            .InMemory()
            .Select(one => new Message<string, string> { Key = one.Tenant.ToString(), Value = one.Envelope })
            .ToList();
        var began = Stopwatch.GetTimestamp();
        records.ForEach(record => producer.Produce(topic, record));
        producer.Flush(ct);
        return records.Count / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    // The relay is not notified of these events and does not publish them.
    private static async Task<double> FromOutboxesAsync(
        FilledOutboxes outboxes,
        string topic,
        IProducer<string, string> producer,
        CancellationToken ct
    )
    {
        await outboxes.FillAsync(ct);
        var began = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(
            outboxes.Databases,
            new ParallelOptions { MaxDegreeOfParallelism = SideBySide, CancellationToken = ct },
            async (outbox, token) => await PublishAsync(outbox, topic, producer, token)
        );
        return FilledOutboxes.Events / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task PublishAsync(NpgsqlConnection outbox, string topic, IProducer<string, string> producer, CancellationToken ct)
    {
        var last = 0L;
        await using (
            var read = new NpgsqlCommand("SELECT position, key, envelope FROM outbox WHERE position IS NOT NULL ORDER BY position", outbox)
        )
        await using (var row = await read.ExecuteReaderAsync(ct))
        {
            while (await row.ReadAsync(ct))
            {
                last = row.GetInt64(0);
                producer.Produce(topic, new Message<string, string> { Key = row.GetString(1), Value = row.GetString(2) });
            }
        }

        producer.Flush(ct);
        await using var delete = new NpgsqlCommand("DELETE FROM outbox WHERE position <= $1", outbox)
        {
            Parameters = { new() { Value = last } },
        };
        await delete.ExecuteNonQueryAsync(ct);
    }
}

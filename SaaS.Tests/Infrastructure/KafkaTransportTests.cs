using System.Collections.Concurrent;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using SaaS.Benchmarks;
using SaaS.Infrastructure.Messaging;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Infrastructure;

/// <summary>Tests the event transport over Kafka.</summary>
public sealed class KafkaTransportTests : EventTransportTests, IDisposable
{
    private readonly KafkaCluster _kafka;
    private readonly KafkaTransport _transport;

    public KafkaTransportTests(KafkaCluster kafka)
    {
        _kafka = kafka;
        _transport = kafka.Open(Topic);
    }

    internal override EventTransport Transport => _transport;

    // Twice the maximum poll interval of a consumer.
    protected override TimeSpan LongWork => TimeSpan.FromSeconds(12);

    [Fact]
    public async Task Waiting_records_are_counted_for_a_new_group_too()
    {
        await Transport.PublishAsync(
            [.. Enumerable.Range(0, 20).Select(number => Record($"key-{number}", number))],
            CancellationToken.None
        );
        Assert.Equal(20, await Transport.CountWaitingAsync(Group, CancellationToken.None));

        var seen = new ConcurrentQueue<int>();
        await ConsumeUntilAsync(record => seen.Enqueue(int.Parse(record.Value)), () => seen.Count == 20);

        Assert.Equal(0, await Transport.CountWaitingAsync(Group, CancellationToken.None));
        Assert.Equal(20, await Transport.CountWaitingAsync($"{Group}.fresh", CancellationToken.None));
    }

    [Fact]
    public async Task An_event_has_content_type_and_traceparent_headers()
    {
        await Transport.PublishAsync([Record("key", 1) with { TraceParent = Trace }], CancellationToken.None);

        using var reader = new ConsumerBuilder<string, string>(
            new ConsumerConfig
            {
                BootstrapServers = _kafka.Servers,
                GroupId = Group,
                AutoOffsetReset = AutoOffsetReset.Earliest,
            }
        ).Build();
        reader.Assign(
            Enumerable.Range(0, KafkaCluster.Partitions).Select(partition => new TopicPartitionOffset(Topic, partition, Offset.Beginning))
        );
        var read = reader.Consume(TimeSpan.FromSeconds(60));

        Assert.Equal(
            [("content-type", "application/cloudevents+json"), ("traceparent", Trace)],
            read.Message.Headers.Select(header => (header.Key, Encoding.UTF8.GetString(header.GetValueBytes())))
        );
    }

    [Fact]
    public async Task Records_of_foreign_producers_are_delivered_unchanged()
    {
        using (
            var stranger = new ProducerBuilder<string?, string?>(new ProducerConfig { BootstrapServers = _kafka.Servers })
                .SetKeySerializer(new Utf8())
                .SetValueSerializer(new Utf8())
                .Build()
        )
        {
            await stranger.ProduceAsync(Topic, new Message<string?, string?> { Key = "tombstone" });
            await stranger.ProduceAsync(Topic, new Message<string?, string?> { Value = "no key" });
        }

        var seen = new ConcurrentQueue<EventRecord>();
        await ConsumeUntilAsync(seen.Enqueue, () => seen.Count == 2);

        Assert.Equal([new(Topic, "", "no key", null), new(Topic, "tombstone", "", null)], seen.OrderBy(record => record.Key));
    }

    [Fact]
    public async Task A_joining_consumer_takes_over_partitions_with_unfinished_records()
    {
        await Transport.PublishAsync(
            [.. Enumerable.Range(0, 200).Select(number => Record($"key-{number}", number))],
            CancellationToken.None
        );
        using var stop = new CancellationTokenSource();
        var (begun, cutOff, joined) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        var first = Transport.ConsumeAsync(
            Group,
            [Topic],
            async (record, ct) =>
            {
                begun.Enqueue(record.Value);
                await using var told = ct.Register(() => cutOff.Enqueue(record.Value));
                await Task.Delay(Timeout.Infinite, ct);
            },
            stop.Token
        );
        await Eventually.HoldsAsync(() => Task.FromResult(begun.Count == KafkaCluster.Partitions), "not every partition is being handled");

        var second = Transport.ConsumeAsync(
            Group,
            [Topic],
            (record, _) =>
            {
                joined.Enqueue(record.Value);
                return Task.CompletedTask;
            },
            stop.Token
        );
        await Eventually.HoldsAsync(
            () => Task.FromResult(!cutOff.IsEmpty && cutOff.All(joined.Contains)),
            "the unfinished records are not handed over again"
        );

        Assert.InRange(cutOff.Count, 1, KafkaCluster.Partitions - 1);
        Assert.Equal(KafkaCluster.Partitions, begun.Count);
        Assert.Empty(begun.Except(cutOff).Intersect(joined));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
    }

    [Fact]
    public async Task Records_sent_after_a_rejected_record_fail_with_it()
    {
        using var brokers = new KafkaMock();
        brokers.Create(Topic, partitions: 1);
        using var transport = Open(brokers);
        await transport.PublishAsync([Record("other", 0)], CancellationToken.None);

        // The second request may already be in flight. A broker rejects it by its sequence number; this mock needs the error set
        // explicitly.
        brokers.FailNext(ErrorCode.MsgSizeTooLarge, ErrorCode.OutOfOrderSequenceNumber);
        await Assert.ThrowsAnyAsync<IOException>(() => transport.PublishAsync(TooBigForOneRequest(), CancellationToken.None));
        Assert.Equal(1, await transport.CountWaitingAsync(Group, CancellationToken.None));
    }

    [Fact]
    public async Task After_a_rejection_records_are_sent_one_by_one_in_order()
    {
        using var brokers = new KafkaMock();
        brokers.Create(Topic, partitions: 1);
        using var transport = Open(brokers);
        var batch = TooBigForOneRequest();
        await transport.PublishAsync([Record("other", 0)], CancellationToken.None);
        brokers.FailNext(ErrorCode.MsgSizeTooLarge);
        await Assert.ThrowsAnyAsync<IOException>(() => transport.PublishAsync(batch[..1], CancellationToken.None));

        brokers.FailNext(ErrorCode.MsgSizeTooLarge); // records are now sent one by one, so that the rejected one is known
        var refused = await Assert.ThrowsAsync<IOException>(() => transport.PublishAsync(batch, CancellationToken.None));
        Assert.Contains("MsgSizeTooLarge", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, await transport.CountWaitingAsync(Group, CancellationToken.None));

        await transport.PublishAsync([Record("other", 3)], CancellationToken.None);
        Assert.Equal(2, await transport.CountWaitingAsync(Group, CancellationToken.None));
        await transport.PublishAsync(batch, CancellationToken.None);
        Assert.Equal(4, await transport.CountWaitingAsync(Group, CancellationToken.None));
    }

    [Fact]
    public async Task A_producer_unknown_to_the_brokers_is_replaced()
    {
        using var brokers = new KafkaMock();
        brokers.Create(Topic, partitions: 1);
        using var transport = Open(brokers);
        await transport.PublishAsync([Record("key", 1)], CancellationToken.None);

        brokers.FailNext(ErrorCode.OutOfOrderSequenceNumber);
        await Assert.ThrowsAsync<EventBrokerUnavailableException>(() => transport.PublishAsync([Record("key", 2)], CancellationToken.None));

        await transport.PublishAsync([Record("key", 2)], CancellationToken.None);
        Assert.Equal(2, await transport.CountWaitingAsync(Group, CancellationToken.None));
    }

    [Fact]
    public async Task Unavailable_brokers_are_a_transient_failure()
    {
        using var transport = KafkaCluster.Open(
            "127.0.0.1:9",
            new KafkaOptions { CreateTopics = false, MessageTimeout = TimeSpan.FromSeconds(1) },
            Topic
        );

        await Assert.ThrowsAsync<EventBrokerUnavailableException>(() => transport.PublishAsync([Record("key", 1)], CancellationToken.None));
        await Assert.ThrowsAsync<EventBrokerUnavailableException>(() => transport.CountWaitingAsync(Group, CancellationToken.None));
    }

    [Fact]
    public async Task Topics_are_created_if_the_brokers_allow_it()
    {
        var clients = new KafkaClients(
            _kafka.Servers,
            new KafkaOptions { Partitions = 3, TopicPrefix = "made." },
            TimeProvider.System,
            NullLogger.Instance
        );
        using var topics = new KafkaTopics(clients, new EventTopics([Topic], [Topic]), TimeProvider.System, NullLogger.Instance)
        {
            CreationTimeout = TimeSpan.FromSeconds(KafkaBrokers.AreReal ? 30 : 1),
        };

        await topics.EnsureAsync(CancellationToken.None);
        await topics.EnsureAsync(CancellationToken.None);

        var there = await topics.DescribeAsync(CancellationToken.None);
        Assert.Equal(KafkaCluster.Partitions, there[Topic].Count);
        Assert.Equal(KafkaBrokers.AreReal ? 3 : 0, there.GetValueOrDefault($"made.{Topic}")?.Count ?? 0);
    }

    public void Dispose() => _transport.Dispose();

    private KafkaTransport Open(KafkaMock brokers) => KafkaCluster.Open(brokers.Servers, new KafkaOptions { CreateTopics = false }, Topic);

    private EventRecord[] TooBigForOneRequest() =>
        [Record("key", 1) with { Value = new string('1', 600_000) }, Record("key", 2) with { Value = new string('2', 600_000) }];

    private sealed class Utf8 : ISerializer<string?>
    {
        public byte[] Serialize(string? data, SerializationContext context) => data is null ? null! : Encoding.UTF8.GetBytes(data);
    }
}

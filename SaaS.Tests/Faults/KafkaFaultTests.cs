using System.Collections.Concurrent;
using System.Globalization;
using SaaS.Benchmarks;
using SaaS.Infrastructure.Messaging;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Faults;

/// <summary>
/// Tests network faults between the application and the Kafka brokers: records wait, none is lost or reordered, and no manual repair is
/// needed.
/// </summary>
public sealed class KafkaFaultTests
{
    private const int Each = 10;

    private readonly string _topic = $"test.{Path.GetRandomFileName()}";

    [Theory]
    [InlineData(Fault.Cut)]
    [InlineData(Fault.Slow)]
    [InlineData(Fault.Silent)]
    [InlineData(Fault.Garbled)]
    public async Task Records_arrive_in_order_once_the_network_has_recovered(Fault fault)
    {
        using var brokers = new KafkaMock();
        await using var proxy = FaultProxy.To(int.Parse(brokers.Servers.Split(':')[^1], CultureInfo.InvariantCulture));
        brokers.AdvertisePort(proxy.Port);
        brokers.Create(_topic, partitions: 2);
        using var transport = KafkaCluster.Open(
            $"127.0.0.1:{proxy.Port}",
            new KafkaOptions
            {
                CreateTopics = false,
                MessageTimeout = TimeSpan.FromSeconds(2),
                FetchWait = KafkaBrokers.MockFetchWait,
            },
            _topic
        );
        var arrived = new ConcurrentQueue<int>();
        using var stop = new CancellationTokenSource();
        var consuming = transport.ConsumeAsync(
            $"group.{_topic}",
            [_topic],
            (record, _) =>
            {
                arrived.Enqueue(int.Parse(record.Value, CultureInfo.InvariantCulture));
                return Task.CompletedTask;
            },
            stop.Token
        );
        await transport.PublishAsync(Records(from: 0), CancellationToken.None);
        await ArriveAsync(Each);

        proxy.SetFault(fault);
        if (fault is Fault.Slow)
        {
            await transport.PublishAsync(Records(from: Each), CancellationToken.None);
            await ArriveAsync(2 * Each);
        }
        else
        {
            await Assert.ThrowsAsync<EventBrokerUnavailableException>(() =>
                transport.PublishAsync(Records(from: Each), CancellationToken.None)
            );
        }

        proxy.SetFault(Fault.None);
        // The same records again, as the relay does.
        await Eventually.HoldsAsync(() => IsPublishedAsync(transport, Records(from: Each)), "nothing can be published any more");
        await transport.PublishAsync(Records(from: 2 * Each), CancellationToken.None);
        await ArriveAsync(3 * Each);
        Assert.Equal(Enumerable.Range(0, 3 * Each), arrived.Distinct()); // duplicates are recognized by their id

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consuming);

        Task ArriveAsync(int count) =>
            Eventually.HoldsAsync(
                () => Task.FromResult(arrived.Distinct().Count() == count),
                $"{count} records do not arrive, but {string.Join(' ', arrived)}"
            );
    }

    [Fact]
    public async Task A_record_damaged_in_transit_is_discarded_and_fetched_again()
    {
        using var brokers = new KafkaMock();
        await using var proxy = FaultProxy.To(int.Parse(brokers.Servers.Split(':')[^1], CultureInfo.InvariantCulture));
        brokers.AdvertisePort(proxy.Port);
        brokers.Create(_topic, partitions: 1);
        using var transport = KafkaCluster.Open(
            $"127.0.0.1:{proxy.Port}",
            new KafkaOptions
            {
                CreateTopics = false,
                CompressionType = KafkaCompression.None,
                FetchWait = KafkaBrokers.MockFetchWait,
            },
            _topic
        );
        EventRecord[] records =
        [
            .. Enumerable
                .Range(0, 3)
                .Select(number => new EventRecord(_topic, "key", new string((char)('a' + number), 100_000), TraceParent: null)),
        ];
        await transport.PublishAsync(records, CancellationToken.None);

        proxy.SetFault(Fault.Flipped);
        var arrived = new ConcurrentQueue<string>();
        using var stop = new CancellationTokenSource();
        var consuming = transport.ConsumeAsync(
            $"group.{_topic}",
            [_topic],
            (record, _) =>
            {
                arrived.Enqueue(record.Value);
                return Task.CompletedTask;
            },
            stop.Token
        );
        await Eventually.HoldsAsync(() => Task.FromResult(proxy.Flipped > 50 || !arrived.IsEmpty), "nothing is damaged");
        Assert.Empty(arrived);

        proxy.SetFault(Fault.None);
        await Eventually.HoldsAsync(() => Task.FromResult(arrived.Count >= records.Length), "the records do not arrive");
        Assert.Equal(records.Select(record => record.Value), arrived.Distinct());

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consuming);
    }

    private static async Task<bool> IsPublishedAsync(KafkaTransport transport, EventRecord[] records)
    {
        try
        {
            await transport.PublishAsync(records, CancellationToken.None);
            return true;
        }
        catch (EventBrokerUnavailableException)
        {
            return false;
        }
    }

    private EventRecord[] Records(int from) =>
        [
            .. Enumerable
                .Range(from, Each)
                .Select(number => new EventRecord(_topic, "key", number.ToString(CultureInfo.InvariantCulture), TraceParent: null)),
        ];
}

using System.Collections.Concurrent;
using System.Text;
using Confluent.Kafka;

namespace SaaS.Infrastructure.Messaging;

/// <summary>
/// Publishes records so that none overtakes a failed record of the same topic and key. Records are sent together until one fails; then its
/// sequence is sent one by one until that succeeds.
/// </summary>
internal sealed class KafkaProducer : IDisposable
{
    private readonly KafkaClients _clients;
    private readonly KafkaStripe _together;
    private readonly KafkaStripe _oneByOne;
    private readonly ConcurrentDictionary<(string Topic, string Key), bool> _failed = [];

    public KafkaProducer(KafkaClients clients)
    {
        _clients = clients;
        _together = new KafkaStripe(clients.NewPipeline);
        _oneByOne = new KafkaStripe(clients.NewProducer);
    }

    public Task PublishAsync(IReadOnlyList<EventRecord> records, CancellationToken ct) =>
        Task.WhenAll(
            records.GroupBy(record => (record.Topic, record.Key)).Select(sequence => PublishAsync(sequence.Key, [.. sequence], ct))
        );

    public void Dispose()
    {
        _together.Dispose();
        _oneByOne.Dispose();
    }

    private async Task PublishAsync((string Topic, string Key) sequence, IReadOnlyList<EventRecord> records, CancellationToken ct)
    {
        try
        {
            if (_failed.ContainsKey(sequence))
            {
                await PublishOneByOneAsync(records, ct);
                _failed.TryRemove(sequence, out _);
            }
            else
            {
                await PublishTogetherAsync(records, ct);
            }
        }
        catch (KafkaException e)
        {
            _failed[sequence] = true;
            throw KafkaFailures.ToIOException(e);
        }
        catch (TimeoutException e)
        {
            _failed[sequence] = true;
            throw new EventBrokerUnavailableException(
                $"Kafka acknowledged nothing within {_clients.Options.MessageTimeout.TotalSeconds:0} s.",
                e
            );
        }
    }

    /// <summary>
    /// Sends all records at once; the client keeps their order and sends none after a failed one. A producer with a failed or overdue
    /// record is discarded with its queue, because its next records could arrive without that one.
    /// </summary>
    private async Task PublishTogetherAsync(IReadOnlyList<EventRecord> records, CancellationToken ct)
    {
        var (producer, discarded) = _together.Current();
        var deliveries = new KafkaDeliveries(producer);
        foreach (var record in records)
        {
            if (!deliveries.TrySend(TopicOf(record), MessageOf(record)))
            {
                break; // so that nothing overtakes it
            }
        }

        try
        {
            await Task.WhenAny(deliveries.CompleteAsync(), discarded)
                .Unwrap()
                .WaitAsync(_clients.Options.MessageTimeout, _clients.Clock, ct);
        }
        catch (Exception e) when (e is KafkaException or TimeoutException)
        {
            _together.Discard(producer);
            throw;
        }
    }

    private async Task PublishOneByOneAsync(IReadOnlyList<EventRecord> records, CancellationToken ct)
    {
        var (producer, discarded) = _oneByOne.Current();
        try
        {
            foreach (var record in records)
            {
                await Task.WhenAny(producer.ProduceAsync(TopicOf(record), MessageOf(record), ct), discarded).Unwrap();
            }
        }
        catch (KafkaException e) when (e.Error.IsFatal || e.Error.Code is ErrorCode.Local_Fatal)
        {
            _oneByOne.Discard(producer);
            throw;
        }
    }

    private string TopicOf(EventRecord record) => _clients.Options.TopicPrefix + record.Topic;

    private static Message<string, string> MessageOf(EventRecord record)
    {
        var headers = new Headers { { KafkaHeaders.ContentType, KafkaHeaders.CloudEvent } };
        if (record.TraceParent is { } trace)
        {
            headers.Add(KafkaHeaders.TraceParent, Encoding.ASCII.GetBytes(trace));
        }

        return new Message<string, string>
        {
            Key = record.Key,
            Value = record.Value,
            Headers = headers,
        };
    }
}

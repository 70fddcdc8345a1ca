using System.Collections.Concurrent;
using System.Text;
using Confluent.Kafka;

namespace SaaS.Infrastructure.Messaging;

/// <summary>
/// Publishes so that nothing of a topic and key gets ahead of a record that failed: it would be ahead of it ever after.
/// Records go together as long as all goes well; what could not be sent goes one by one the next time, until it went well.
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
        Task.WhenAll(records.GroupBy(record => (record.Topic, record.Key)).Select(sequence => PublishAsync(sequence.Key, [.. sequence], ct)));

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
            throw KafkaFailures.Of(e);
        }
        catch (TimeoutException e)
        {
            _failed[sequence] = true;
            throw new EventBrokerUnavailableException($"Kafka acknowledged nothing within {_clients.Options.MessageTimeout.TotalSeconds:0} s.", e);
        }
    }

    /// <summary>
    /// All at once: the client keeps their order, and sends none after one that failed. A producer in which one failed, or
    /// waits for too long, is given up with all that it still holds: its next records could arrive without that one.
    /// </summary>
    private async Task PublishTogetherAsync(IReadOnlyList<EventRecord> records, CancellationToken ct)
    {
        var (producer, givenUp) = _together.Current();
        var deliveries = new KafkaDeliveries(producer);
        foreach (var record in records)
        {
            if (!deliveries.TrySend(TopicOf(record), MessageOf(record)))
            {
                break; // and so must be what follows
            }
        }

        try
        {
            await Task.WhenAny(deliveries.EndAsync(), givenUp).Unwrap().WaitAsync(_clients.Options.MessageTimeout, _clients.Clock, ct);
        }
        catch (Exception e) when (e is KafkaException or TimeoutException)
        {
            _together.GiveUp(producer);
            throw;
        }
    }

    private async Task PublishOneByOneAsync(IReadOnlyList<EventRecord> records, CancellationToken ct)
    {
        var (producer, givenUp) = _oneByOne.Current();
        try
        {
            foreach (var record in records)
            {
                await Task.WhenAny(producer.ProduceAsync(TopicOf(record), MessageOf(record), ct), givenUp).Unwrap();
            }
        }
        catch (KafkaException e) when (e.Error.IsFatal || e.Error.Code is ErrorCode.Local_Fatal)
        {
            _oneByOne.GiveUp(producer);
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

        return new Message<string, string> { Key = record.Key, Value = record.Value, Headers = headers };
    }
}

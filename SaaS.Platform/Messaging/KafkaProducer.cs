using System.Collections.Concurrent;
using System.Text;
using Confluent.Kafka;

namespace SaaS.Platform.Messaging;

/// <summary>
/// Publishes so that nothing of a topic and key gets ahead of a record that failed: it would be ahead of it ever after.
/// Records go together as long as all goes well; what could not be sent goes one by one the next time, until it went well.
/// </summary>
internal sealed class KafkaProducer : IDisposable
{
    private readonly KafkaClients _clients;
    private readonly KafkaLane _together;
    private readonly KafkaLane _oneByOne;
    private readonly ConcurrentDictionary<(string Topic, string Key), bool> _failed = [];

    public KafkaProducer(KafkaClients clients)
    {
        _clients = clients;
        _together = new KafkaLane(clients.NewPipeline);
        _oneByOne = new KafkaLane(clients.NewProducer);
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
            throw new EventBrokerAwayException($"Kafka acknowledged nothing within {_clients.Options.MessageTimeout.TotalSeconds:0} s.", e);
        }
    }

    /// <summary>
    /// All at once: the client keeps their order, and sends none after one that failed. A producer in which one failed, or
    /// waits for too long, is given up with all that it still holds: its next records could arrive without that one.
    /// </summary>
    private async Task PublishTogetherAsync(IReadOnlyList<EventRecord> records, CancellationToken ct)
    {
        var (producer, givenUp) = _together.Current();
        List<Task> sent = [];
        foreach (var record in records)
        {
            sent.Add(SendAsync(producer, record, CancellationToken.None));
            if (sent[^1].IsFaulted)
            {
                break; // refused before it was on its way, and so must be what follows
            }
        }

        try
        {
            await Task.WhenAny(Task.WhenAll(sent), givenUp).Unwrap().WaitAsync(_clients.Options.MessageTimeout, _clients.Clock, ct);
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
                await Task.WhenAny(SendAsync(producer, record, ct), givenUp).Unwrap();
            }
        }
        catch (KafkaException e) when (e.Error.IsFatal || e.Error.Code is ErrorCode.Local_Fatal)
        {
            _oneByOne.GiveUp(producer);
            throw;
        }
    }

    private Task<DeliveryResult<string, string>> SendAsync(IProducer<string, string> producer, EventRecord record, CancellationToken ct) =>
        producer.ProduceAsync(_clients.Options.TopicPrefix + record.Topic, MessageOf(record), ct);

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

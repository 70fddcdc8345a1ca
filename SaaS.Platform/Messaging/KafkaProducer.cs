using System.Text;
using Confluent.Kafka;

namespace SaaS.Platform.Messaging;

/// <summary>
/// The one producer of a process. A record is sent when the one before it, of its topic and key, is acknowledged: sent
/// side by side, a later one could arrive although an earlier one did not, and would be ahead of it ever after.
/// </summary>
internal sealed class KafkaProducer(KafkaClients clients) : IDisposable
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private IProducer<string, string>? _producer;
    private bool _disposed;

    public async Task PublishAsync(IReadOnlyList<EventRecord> records, CancellationToken ct)
    {
        var producer = Current();
        try
        {
            await Task.WhenAll(records.GroupBy(record => (record.Topic, record.Key)).Select(sequence => PublishInSequenceAsync(producer, sequence, ct)));
        }
        catch (KafkaException e)
        {
            if (e.Error.IsFatal || e.Error.Code is ErrorCode.Local_Fatal)
            {
                Abandon(producer);
            }

            throw KafkaFailures.Of(e);
        }
    }

    public void Dispose()
    {
        IProducer<string, string>? last;
        lock (_gate)
        {
            (_disposed, last, _producer) = (true, _producer, null);
        }

        last?.Flush(LastWords);
        last?.Dispose();
    }

    private async Task PublishInSequenceAsync(IProducer<string, string> producer, IEnumerable<EventRecord> sequence, CancellationToken ct)
    {
        foreach (var record in sequence)
        {
            await producer.ProduceAsync(clients.Options.TopicPrefix + record.Topic, MessageOf(record), ct);
        }
    }

    private static Message<string, string> MessageOf(EventRecord record)
    {
        var headers = new Headers { { KafkaHeaders.ContentType, KafkaHeaders.CloudEvent } };
        if (record.TraceParent is { } trace)
        {
            headers.Add(KafkaHeaders.TraceParent, Encoding.ASCII.GetBytes(trace));
        }

        return new Message<string, string> { Key = record.Key, Value = record.Value, Headers = headers };
    }

    private IProducer<string, string> Current()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _producer ??= clients.NewProducer(Abandon);
        }
    }

    // One that has lost its idempotence refuses everything from then on: the next call makes another.
    private void Abandon(IProducer<string, string> broken)
    {
        lock (_gate)
        {
            if (_producer != broken)
            {
                return;
            }

            _producer = null;
        }

        _ = Task.Run(broken.Dispose); // not here: this may be a thread of its own that it waits for
    }
}

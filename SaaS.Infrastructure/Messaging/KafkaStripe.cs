using Confluent.Kafka;

namespace SaaS.Infrastructure.Messaging;

/// <summary>A producer that is replaced after it was discarded.</summary>
/// <param name="make">Creates a producer; its argument is called when the producer has failed fatally.</param>
internal sealed class KafkaStripe(Func<Action<IProducer<string, string>>, IProducer<string, string>> make) : IDisposable
{
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private IProducer<string, string>? _producer;
    private TaskCompletionSource _discarded = NewSource();
    private bool _disposed;

    /// <returns>
    /// The producer, and a task that fails when the producer is discarded: its queued records then get no delivery report.
    /// </returns>
    public (IProducer<string, string> Producer, Task GivenUp) Current()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _producer ??= make(Discard);
            return (_producer, _discarded.Task);
        }
    }

    /// <summary>Discards the producer; the next call creates another one.</summary>
    public void Discard(IProducer<string, string> broken)
    {
        TaskCompletionSource discarded;
        lock (_gate)
        {
            if (_producer != broken)
            {
                return;
            }

            _producer = null;
            (discarded, _discarded) = (_discarded, NewSource());
        }

        discarded.SetException(
            new KafkaException(
                new Error(ErrorCode.Local_PurgeQueue, "The producer was discarded: another record was rejected or timed out")
            )
        );
        _ = discarded.Task.Exception; // marks the exception as observed, also when nothing awaits the task
        _ = Task.Run(broken.Dispose); // not here: Dispose waits for the client's thread, which this may be
    }

    public void Dispose()
    {
        IProducer<string, string>? last;
        lock (_gate)
        {
            (_disposed, last, _producer) = (true, _producer, null);
        }

        last?.Flush(FlushTimeout);
        last?.Dispose();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

using Confluent.Kafka;

namespace SaaS.Infrastructure.Messaging;

/// <summary>A producer, and another one after it has been given up.</summary>
/// <param name="make">Makes one; it is given what to call when the producer can do nothing more.</param>
internal sealed class KafkaStripe(Func<Action<IProducer<string, string>>, IProducer<string, string>> make) : IDisposable
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private IProducer<string, string>? _producer;
    private TaskCompletionSource _givenUp = NewSource();
    private bool _disposed;

    /// <returns>The producer, and a task that fails when it is given up: a record that it still has is then never answered.</returns>
    public (IProducer<string, string> Producer, Task GivenUp) Current()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _producer ??= make(GiveUp);
            return (_producer, _givenUp.Task);
        }
    }

    /// <summary>The next call gets another one.</summary>
    public void GiveUp(IProducer<string, string> broken)
    {
        TaskCompletionSource givenUp;
        lock (_gate)
        {
            if (_producer != broken)
            {
                return;
            }

            _producer = null;
            (givenUp, _givenUp) = (_givenUp, NewSource());
        }

        givenUp.SetException(new KafkaException(new Error(ErrorCode.Local_PurgeQueue, "The producer was given up: another record was refused, or waited for too long")));
        _ = givenUp.Task.Exception; // observed, also when nobody was waiting
        _ = Task.Run(broken.Dispose); // not here: this may be a thread of its own that it waits for
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

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

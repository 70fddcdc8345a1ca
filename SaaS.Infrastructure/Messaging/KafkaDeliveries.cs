using Confluent.Kafka;

namespace SaaS.Infrastructure.Messaging;

/// <summary>
/// Tracks the delivery reports of a batch with one task, because a task for each record would cost as much as the record.
/// </summary>
internal sealed class KafkaDeliveries(IProducer<string, string> producer)
{
    // Continuations must not block the client's thread
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private KafkaException? _failure;
    private int _awaited = 1; // counts the sender itself, until it has sent all records

    /// <returns>False when the record was rejected before it was sent.</returns>
    public bool TrySend(string topic, Message<string, string> message)
    {
        Interlocked.Increment(ref _awaited);
        try
        {
            producer.Produce(topic, message, OnReport);
            return true;
        }
        catch (KafkaException e)
        {
            Complete(e);
            return false;
        }
    }

    /// <summary>Marks the batch as complete.</summary>
    /// <returns>Completes when all records are acknowledged; fails with the first failure after the last delivery report.</returns>
    public Task CompleteAsync()
    {
        Complete(failure: null);
        return _all.Task;
    }

    private void OnReport(DeliveryReport<string, string> report) =>
        Complete(report.Error.IsError ? new ProduceException<string, string>(report.Error, report) : null);

    private void Complete(KafkaException? failure)
    {
        if (failure is not null)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
        }

        if (Interlocked.Decrement(ref _awaited) > 0)
        {
            return;
        }

        if (_failure is { } first)
        {
            _all.TrySetException(first);
        }
        else
        {
            _all.TrySetResult();
        }
    }
}

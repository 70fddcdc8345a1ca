using Confluent.Kafka;

namespace SaaS.Infrastructure.Messaging;

/// <summary>The brokers' word on several records: one task for all of them, because one for each would cost as much as the record.</summary>
internal sealed class KafkaDeliveries(IProducer<string, string> producer)
{
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously); // the client's thread has more to tell
    private KafkaException? _failure;
    private int _awaited = 1; // the sender itself, until it has sent all of them

    /// <returns>False when the record was refused before it was on its way.</returns>
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
            End(e);
            return false;
        }
    }

    /// <summary>No more are sent.</summary>
    /// <returns>Done when all are acknowledged; fails with the first failure when the last has been heard of.</returns>
    public Task EndAsync()
    {
        End(failure: null);
        return _all.Task;
    }

    private void OnReport(DeliveryReport<string, string> report) =>
        End(report.Error.IsError ? new ProduceException<string, string>(report.Error, report) : null);

    private void End(KafkaException? failure)
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

using System.Threading.Channels;
using Confluent.Kafka;

namespace SaaS.Infrastructure.Messaging;

/// <summary>
/// A partition that is assigned to this consumer. Its records are handled one after the other, in parallel with other partitions and with
/// the poll loop.
/// </summary>
internal sealed class KafkaPartition
{
    // The upper limit bounds the memory when a handler is stuck; the lower one keeps a quick handler supplied.
    private const int PauseThreshold = 32;
    private const int ResumeThreshold = 8;

    private readonly Channel<ConsumeResult<string, string>> _records = Channel.CreateUnbounded<ConsumeResult<string, string>>();
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenSource _abandon;
    private Task _stopping = Task.CompletedTask;
    private Task _abandoning = Task.CompletedTask;
    private long _first = Offset.Unset;
    private long _done = Offset.Unset;

    public KafkaPartition(TopicPartition place, string topicPrefix, RecordHandler handler, CancellationToken ct)
    {
        TopicPartition = place;
        _abandon = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(_abandon.Token);
        var (stop, abandon) = (_stop.Token, _abandon.Token);
        Work = Task.Run(() => HandleAsync(topicPrefix, handler, stop, abandon), CancellationToken.None);
    }

    public TopicPartition TopicPartition { get; }

    /// <summary>Completes when no record is being handled any more; never fails.</summary>
    public Task Work { get; }

    /// <summary>True when fetching should pause.</summary>
    public bool IsFull => _records.Reader.Count >= PauseThreshold;

    public bool IsNearlyEmpty => _records.Reader.Count <= ResumeThreshold;

    /// <summary>True while fetching is paused; used by the poll loop only.</summary>
    public bool IsPaused { get; set; }

    /// <summary>The committed offset; used by the poll loop only.</summary>
    public long Committed { get; set; } = Offset.Unset;

    /// <summary>The offset after the last handled record; unset while none was handled.</summary>
    public long Done => Interlocked.Read(ref _done);

    /// <summary>Calculates the lag for a log that ends at this offset.</summary>
    public long LagTo(long end) => Math.Max(Done, _first) is >= 0 and var at ? Math.Max(0, end - at) : 0;

    public void Add(ConsumeResult<string, string> record)
    {
        if (_first < 0)
        {
            _first = record.Offset;
        }

        _records.Writer.TryWrite(record);
    }

    /// <summary>Stops after the current record.</summary>
    public void Stop() => _stopping = _stop.CancelAsync(); // not on the loop's thread: a handler may continue synchronously

    /// <summary>Cancels the current record, which stays unhandled.</summary>
    public void Abandon() => _abandoning = _abandon.CancelAsync();

    /// <summary>Releases the resources as soon as the handler has ended.</summary>
    public async Task ReleaseAsync()
    {
        await Task.WhenAll(Work, _stopping, _abandoning);
        _stop.Dispose();
        _abandon.Dispose();
    }

    private async Task HandleAsync(string topicPrefix, RecordHandler handler, CancellationToken stop, CancellationToken abandon)
    {
        try
        {
            while (true)
            {
                var record = await _records.Reader.ReadAsync(stop);
                stop.ThrowIfCancellationRequested(); // a read succeeds in spite of the token when a record is buffered
                await handler.HandleUntilDoneAsync(KafkaHeaders.Read(record, topicPrefix), stop, abandon);
                Interlocked.Exchange(ref _done, record.Offset + 1);
            }
        }
#pragma warning disable CA1031 // a cancelled handler may throw any exception, for example that of its closed connection
        catch (Exception) when (stop.IsCancellationRequested)
#pragma warning restore CA1031
        {
            // Unhandled records stay uncommitted, so the next owner of the partition starts with them.
        }
    }
}

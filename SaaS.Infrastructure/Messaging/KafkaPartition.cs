using System.Threading.Channels;
using Confluent.Kafka;

namespace SaaS.Infrastructure.Messaging;

/// <summary>
/// A partition in the hands of this consumer. Its records are handled one after the other, beside those of other
/// partitions; the loop that fetches them goes on meanwhile.
/// </summary>
internal sealed class KafkaPartition
{
    // So that a stuck handler does not fill the memory, and a quick one need not wait for the loop.
    private const int Enough = 32;
    private const int Few = 8;

    private readonly Channel<ConsumeResult<string, string>> _records = Channel.CreateUnbounded<ConsumeResult<string, string>>();
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenSource _abandon;
    private Task _stopping = Task.CompletedTask;
    private Task _abandoning = Task.CompletedTask;
    private long _first = Offset.Unset;
    private long _done = Offset.Unset;

    public KafkaPartition(TopicPartition place, string topicPrefix, RecordHandler handler, CancellationToken ct)
    {
        Place = place;
        _abandon = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(_abandon.Token);
        var (stop, abandon) = (_stop.Token, _abandon.Token);
        Work = Task.Run(() => HandleAsync(topicPrefix, handler, stop, abandon), CancellationToken.None);
    }

    public TopicPartition Place { get; }

    /// <summary>Ends when no record is being handled any more; never fails.</summary>
    public Task Work { get; }

    /// <summary>Whether the loop has to leave it alone for a while.</summary>
    public bool IsFull => _records.Reader.Count >= Enough;

    public bool IsNearlyEmpty => _records.Reader.Count <= Few;

    /// <summary>Whether it is not being fetched; the loop's own note.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Up to where the broker knows what was handled; the loop's own note.</summary>
    public long Committed { get; set; } = Offset.Unset;

    /// <summary>The first record that was not handled, or unset while none was.</summary>
    public long Done => Interlocked.Read(ref _done);

    /// <summary>How many records are behind what was handled, when the log ends there.</summary>
    public long LagTo(long end) => Math.Max(Done, _first) is >= 0 and var at ? Math.Max(0, end - at) : 0;

    public void Add(ConsumeResult<string, string> record)
    {
        if (_first < 0)
        {
            _first = record.Offset;
        }

        _records.Writer.TryWrite(record);
    }

    /// <summary>No further record is handled; one that is being handled may end.</summary>
    public void Stop() => _stopping = _stop.CancelAsync(); // not on the loop's thread: a handler may go on where it is cancelled

    /// <summary>The record that is being handled is to end, too; it is not done.</summary>
    public void Abandon() => _abandoning = _abandon.CancelAsync();

    /// <summary>Frees what it holds as soon as its handler has ended.</summary>
    public async Task EndAsync()
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
                stop.ThrowIfCancellationRequested(); // a record that is there is read in spite of the token
                await handler.HandleUntilDoneAsync(KafkaHeaders.Read(record, topicPrefix), stop, abandon);
                Interlocked.Exchange(ref _done, record.Offset + 1);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What was not handled stays uncommitted: whoever gets the partition begins with it.
        }
    }
}

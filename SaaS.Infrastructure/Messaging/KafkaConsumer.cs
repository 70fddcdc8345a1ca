using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace SaaS.Infrastructure.Messaging;

/// <summary>
/// One member of a consumer group. The client wants to be asked for records again and again, or its partitions go to
/// others: so one thread does nothing but fetch, hand over and commit, and every partition has its handler beside it.
/// </summary>
internal sealed partial class KafkaConsumer : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CommitEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a handler may go on with a record whose partition others wait for.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly IConsumer<string, string> _consumer;
    private readonly Dictionary<TopicPartition, KafkaPartition> _partitions = [];
    private readonly string _topicPrefix;
    private readonly RecordHandler _handler;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly CancellationToken _ct;
    private Task _committing = Task.CompletedTask;
    private long _committedAt;
    private volatile IReadOnlyCollection<(string? Topic, long Records)> _lag = [];

    public KafkaConsumer(KafkaClients clients, string group, RecordHandler handler, TimeProvider clock, ILogger logger, CancellationToken ct)
    {
        (_topicPrefix, _handler, _clock, _logger, _ct) = (clients.Options.TopicPrefix, handler, clock, logger, ct);
        _consumer = clients.NewConsumer(group)
            .SetPartitionsAssignedHandler((_, assigned) => OnAssigned(assigned))
            .SetPartitionsRevokedHandler((_, revoked) => OnRevoked(revoked))
            .SetPartitionsLostHandler((_, lost) => OnLost(lost))
            .Build();
    }

    /// <summary>How far it is behind in each topic, as of its last look.</summary>
    public IReadOnlyCollection<(string? Topic, long Records)> Lag => _lag;

    /// <summary>Consumes until cancelled, then leaves the group, so that others need not wait for its session to end. Blocks.</summary>
    public void Run(IReadOnlyCollection<string> topics)
    {
        _consumer.Subscribe(topics.Select(topic => _topicPrefix + topic));
        try
        {
            while (!_ct.IsCancellationRequested)
            {
                Fetch();
                ResumeDrained();
                if (_committing.IsCompleted && _clock.GetElapsedTime(_committedAt) >= CommitEvery)
                {
                    _committedAt = _clock.GetTimestamp();
                    _lag = ReadLag();
                    _committing = Task.Run(Committer(_partitions.Values), CancellationToken.None); // beside the loop: a broker may take its time
                }
            }
        }
        finally
        {
            OnRevoked([.. _partitions.Keys.Select(place => new TopicPartitionOffset(place, Offset.Unset))]);
            _consumer.Close();
        }
    }

    public void Dispose() => _consumer.Dispose();

    private void Fetch()
    {
        try
        {
            if (_consumer.Consume(Look) is { Message: not null } record && _partitions.TryGetValue(record.TopicPartition, out var partition))
            {
                partition.Add(record);
                if (partition is { IsFull: true, IsPaused: false })
                {
                    _consumer.Pause([partition.Place]);
                    partition.IsPaused = true;
                }
            }
        }
        catch (ConsumeException e) when (!e.Error.IsFatal)
        {
            LogFetchFailed(KafkaFailures.Describe(e.Error)); // the client goes on by itself
            _ct.WaitHandle.WaitOne(Look);
        }
    }

    private void ResumeDrained()
    {
        foreach (var partition in _partitions.Values.Where(partition => partition is { IsPaused: true, IsNearlyEmpty: true }))
        {
            _consumer.Resume([partition.Place]);
            partition.IsPaused = false;
        }
    }

    private void OnAssigned(List<TopicPartition> assigned)
    {
        foreach (var place in assigned)
        {
            _partitions[place] = new KafkaPartition(place, _topicPrefix, _handler, _ct);
        }
    }

    // Others begin where this one commits: so the handlers end first.
    private void OnRevoked(List<TopicPartitionOffset> revoked)
    {
        var going = Remove(revoked);
        going.ForEach(partition => partition.Stop());
        WaitFor(Task.WhenAll(going.Select(partition => partition.Work)));
        going.ForEach(partition => partition.Abandon());
        WaitFor(_committing);
        Committer(going)();
        going.ForEach(partition => _ = partition.EndAsync());
    }

    // They are in other hands already: a commit would set those back.
    private void OnLost(List<TopicPartitionOffset> lost)
    {
        var gone = Remove(lost);
        gone.ForEach(partition => partition.Abandon());
        gone.ForEach(partition => _ = partition.EndAsync());
        LogLost(gone.Count);
    }

    private List<KafkaPartition> Remove(List<TopicPartitionOffset> places)
    {
        var removed = new List<KafkaPartition>();
        foreach (var place in places)
        {
            if (_partitions.Remove(place.TopicPartition, out var partition))
            {
                removed.Add(partition);
            }
        }

        return removed;
    }

    // The client calls from inside its own call and goes on when this returns: so the thread itself has to wait, and it is the loop's own.
    private static void WaitFor(Task task) => Task.WaitAny([task], Grace);

    private Action Committer(IEnumerable<KafkaPartition> partitions)
    {
        List<(KafkaPartition Partition, long Done)> progress = [.. partitions.Select(partition => (partition, partition.Done)).Where(at => at.Done > at.partition.Committed)];
        return () => Commit(progress);
    }

    private void Commit(List<(KafkaPartition Partition, long Done)> progress)
    {
        if (progress.Count is 0)
        {
            return;
        }

        try
        {
            _consumer.Commit(progress.Select(at => new TopicPartitionOffset(at.Partition.Place, at.Done)));
            progress.ForEach(at => at.Partition.Committed = at.Done);
        }
        catch (KafkaException e)
        {
            LogNotCommitted(KafkaFailures.Describe(e.Error)); // it is tried again; what never is committed is handed over again
        }
    }

    private List<(string? Topic, long Records)> ReadLag() =>
    [
        .. from partition in _partitions.Values
           group partition.LagTo(_consumer.GetWatermarkOffsets(partition.Place).High) by partition.Place.Topic into topic
           select ((string?)topic.Key[_topicPrefix.Length..], topic.Sum()),
    ];

    [LoggerMessage(EventId = 1331, Level = LogLevel.Warning, Message = "Kafka did not give records: {Reason}; asking again")]
    private partial void LogFetchFailed(string reason);

    [LoggerMessage(EventId = 1332, Level = LogLevel.Warning, Message = "Kafka did not take a commit: {Reason}; what was handled may be handed over again")]
    private partial void LogNotCommitted(string reason);

    [LoggerMessage(EventId = 1333, Level = LogLevel.Warning, Message = "This consumer was silent for too long, and lost {Partitions} partitions to others")]
    private partial void LogLost(int partitions);
}

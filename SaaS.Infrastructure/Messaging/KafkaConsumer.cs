using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace SaaS.Infrastructure.Messaging;

/// <summary>
/// A member of a consumer group. The client must be polled regularly or it loses its partitions, so one thread only polls, dispatches and
/// commits, while each partition handles its records in a task of its own.
/// </summary>
internal sealed partial class KafkaConsumer : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CommitEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>The time in which a handler must finish its record after the partition was revoked.</summary>
    private static readonly TimeSpan RevokeTimeout = TimeSpan.FromSeconds(10);

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

    public KafkaConsumer(
        KafkaClients clients,
        string group,
        RecordHandler handler,
        TimeProvider clock,
        ILogger logger,
        CancellationToken ct
    )
    {
        (_topicPrefix, _handler, _clock, _logger, _ct) = (clients.Options.TopicPrefix, handler, clock, logger, ct);
        _consumer = clients
            .NewConsumer(group)
            .SetPartitionsAssignedHandler((_, assigned) => OnAssigned(assigned))
            .SetPartitionsRevokedHandler((_, revoked) => OnRevoked(revoked))
            .SetPartitionsLostHandler((_, lost) => OnLost(lost))
            .Build();
    }

    /// <summary>The lag of each topic, as of the last commit.</summary>
    public IReadOnlyCollection<(string? Topic, long Records)> Lag => _lag;

    /// <summary>Consumes until cancelled, then leaves the group so that its partitions are reassigned at once. Blocks the thread.</summary>
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
                    // Not on the loop's thread, because a commit may be slow
                    _committing = Task.Run(Committer(_partitions.Values), CancellationToken.None);
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
            if (
                _consumer.Consume(PollInterval) is { Message: not null } record
                && _partitions.TryGetValue(record.TopicPartition, out var partition)
            )
            {
                partition.Add(record);
                if (partition is { IsFull: true, IsPaused: false })
                {
                    _consumer.Pause([partition.TopicPartition]);
                    partition.IsPaused = true;
                }
            }
        }
        catch (ConsumeException e) when (!e.Error.IsFatal)
        {
            LogFetchFailed(KafkaFailures.Describe(e.Error)); // the client retries by itself
            _ct.WaitHandle.WaitOne(PollInterval);
        }
    }

    private void ResumeDrained()
    {
        foreach (var partition in _partitions.Values.Where(partition => partition is { IsPaused: true, IsNearlyEmpty: true }))
        {
            _consumer.Resume([partition.TopicPartition]);
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

    // The next owner starts at the committed offset, so the handlers end before the commit.
    private void OnRevoked(List<TopicPartitionOffset> revoked)
    {
        var going = Remove(revoked);
        going.ForEach(partition => partition.Stop());
        WaitFor(Task.WhenAll(going.Select(partition => partition.Work)));
        going.ForEach(partition => partition.Abandon());
        WaitFor(_committing);
        Committer(going)();
        going.ForEach(partition => _ = partition.ReleaseAsync());
    }

    // The partitions have new owners already, whose offsets a commit would set back.
    private void OnLost(List<TopicPartitionOffset> lost)
    {
        var gone = Remove(lost);
        gone.ForEach(partition => partition.Abandon());
        gone.ForEach(partition => _ = partition.ReleaseAsync());
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

    // The client waits for this callback on the polling thread, so blocking it is intended.
    private static void WaitFor(Task task) => Task.WaitAny([task], RevokeTimeout);

    private Action Committer(IEnumerable<KafkaPartition> partitions)
    {
        List<(KafkaPartition Partition, long Done)> progress =
        [
            .. partitions.Select(partition => (partition, partition.Done)).Where(at => at.Done > at.partition.Committed),
        ];
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
            _consumer.Commit(progress.Select(at => new TopicPartitionOffset(at.Partition.TopicPartition, at.Done)));
            progress.ForEach(at => at.Partition.Committed = at.Done);
        }
        catch (KafkaException e)
        {
            LogNotCommitted(KafkaFailures.Describe(e.Error)); // it is retried; records that are never committed are delivered again
        }
    }

    private List<(string? Topic, long Records)> ReadLag() =>
        [
            .. from partition in _partitions.Values
            group partition.LagTo(_consumer.GetWatermarkOffsets(partition.TopicPartition).High) by partition.TopicPartition.Topic into topic
            select ((string?)topic.Key[_topicPrefix.Length..], topic.Sum()),
        ];

    [LoggerMessage(EventId = 1331, Level = LogLevel.Warning, Message = "Fetching records from Kafka failed and is retried: {Reason}")]
    private partial void LogFetchFailed(string reason);

    [LoggerMessage(
        EventId = 1332,
        Level = LogLevel.Warning,
        Message = "Committing an offset to Kafka failed: {Reason}; handled records may be delivered again"
    )]
    private partial void LogNotCommitted(string reason);

    [LoggerMessage(
        EventId = 1333,
        Level = LogLevel.Warning,
        Message = "This consumer missed its session timeout and lost {Partitions} partitions to other consumers"
    )]
    private partial void LogLost(int partitions);
}

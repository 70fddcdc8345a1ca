using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;

namespace SaaS.Infrastructure.Messaging;

/// <summary>The topics as the brokers have them, made where they are missing.</summary>
internal sealed partial class KafkaTopics(KafkaClients clients, EventTopics topics, TimeProvider clock, ILogger logger) : IDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private readonly Lazy<IAdminClient> _admin = new(clients.NewAdmin);
    private readonly SemaphoreSlim _one = new(1);
    private volatile bool _ready;

    /// <summary>How long the brokers may take to make topics; what is not there then may still come to be.</summary>
    internal TimeSpan MakingTime { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Makes what is missing, once per process. Brokers that do not let us, or do not answer to it, may have what is needed all the same.</summary>
    public async Task EnsureAsync(CancellationToken ct)
    {
        if (_ready || !clients.Options.CreateTopics)
        {
            return;
        }

        await _one.WaitAsync(ct);
        try
        {
            if (!_ready)
            {
                var there = (await DescribeAsync(ct)).Keys.ToHashSet();
                var made = await MakeAsync([.. topics.Published.Union(topics.Consumed).Select(topic => clients.Options.TopicPrefix + topic).Except(there)], ct);
                await WaitUntilKnownAsync(made, ct);
                _ready = true;
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Asks the brokers which topics they have, and their partitions; proves on the way that a broker answers.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>>> DescribeAsync(CancellationToken ct)
    {
        try
        {
            // The client has only a call that blocks.
            var metadata = await Task.Run(() => _admin.Value.GetMetadata(AnswerTime), CancellationToken.None).WaitAsync(ct);
            return metadata.Topics.Where(topic => !topic.Error.IsError).ToDictionary(
                topic => topic.Topic,
                IReadOnlyList<TopicPartition> (topic) => [.. topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition.PartitionId))]);
        }
        catch (KafkaException e)
        {
            throw KafkaFailures.Of(e);
        }
    }

    public void Dispose()
    {
        if (_admin.IsValueCreated)
        {
            _admin.Value.Dispose();
        }

        _one.Dispose();
    }

    /// <returns>The topics that exist from now on.</returns>
    private async Task<IReadOnlyCollection<string>> MakeAsync(IReadOnlyList<string> missing, CancellationToken ct)
    {
        if (missing.Count is 0)
        {
            return [];
        }

        try
        {
            await _admin.Value.CreateTopicsAsync(missing.Select(Specify), new CreateTopicsOptions { RequestTimeout = MakingTime, OperationTimeout = MakingTime }).WaitAsync(ct);
            return missing;
        }
        catch (CreateTopicsException e)
        {
            // Another process may have been faster, which is as good.
            var refused = e.Results.Where(result => result.Error.IsError && result.Error.Code is not ErrorCode.TopicAlreadyExists).ToList();
            refused.ForEach(result => LogNotMade(result.Topic, KafkaFailures.Describe(result.Error)));
            return [.. missing.Except(refused.Select(result => result.Topic))];
        }
        catch (KafkaException e)
        {
            LogNotMade(string.Join(", ", missing), KafkaFailures.Describe(e.Error));
            return [];
        }
    }

    // Brokers tell each other of a new topic. A consumer that subscribes before they have would be told that there is none.
    private async Task WaitUntilKnownAsync(IReadOnlyCollection<string> made, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        while (made.Count > 0 && clock.GetElapsedTime(began) < MakingTime)
        {
            var known = await DescribeAsync(ct);
            if (made.All(topic => known.TryGetValue(topic, out var partitions) && partitions.Count > 0))
            {
                return;
            }

            await Task.Delay(PollInterval, clock, ct);
        }
    }

    private TopicSpecification Specify(string topic) => new()
    {
        Name = topic,
        NumPartitions = clients.Options.Partitions,
        ReplicationFactor = clients.Options.ReplicationFactor,
        Configs = new() { ["retention.ms"] = ((long)clients.Options.Retention.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) },
    };

    [LoggerMessage(EventId = 1321, Level = LogLevel.Warning, Message = "Kafka did not make the topics {Topics}: {Reason}; going on, in case somebody else makes them")]
    private partial void LogNotMade(string topics, string reason);
}

using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;

namespace SaaS.Infrastructure.Messaging;

/// <summary>Lists the topics of the brokers, and creates missing ones.</summary>
internal sealed partial class KafkaTopics(KafkaClients clients, EventTopics topics, TimeProvider clock, ILogger logger) : IDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private readonly Lazy<IAdminClient> _admin = new(clients.NewAdmin);
    private readonly SemaphoreSlim _one = new(1);
    private volatile bool _ready;

    /// <summary>The timeout of creating topics; a topic may still appear later.</summary>
    internal TimeSpan CreationTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Creates missing topics, once per process. Failures are only logged, because an operator may have created the topics.
    /// </summary>
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
                var made = await CreateAsync(
                    [.. topics.Published.Union(topics.Consumed).Select(topic => clients.Options.TopicPrefix + topic).Except(there)],
                    ct
                );
                await WaitUntilKnownAsync(made, ct);
                _ready = true;
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Lists the topics with their partitions, which also checks that a broker answers.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>>> DescribeAsync(CancellationToken ct)
    {
        try
        {
            // The client has only a blocking call.
            var metadata = await Task.Run(() => _admin.Value.GetMetadata(AnswerTime), CancellationToken.None).WaitAsync(ct);
            return metadata
                .Topics.Where(topic => !topic.Error.IsError)
                .ToDictionary(
                    topic => topic.Topic,
                    IReadOnlyList<TopicPartition> (topic) =>
                        [.. topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition.PartitionId))]
                );
        }
        catch (KafkaException e)
        {
            throw KafkaFailures.ToIOException(e);
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

    /// <returns>The topics that were created.</returns>
    private async Task<IReadOnlyCollection<string>> CreateAsync(IReadOnlyList<string> missing, CancellationToken ct)
    {
        if (missing.Count is 0)
        {
            return [];
        }

        try
        {
            await _admin
                .Value.CreateTopicsAsync(
                    missing.Select(Specify),
                    new CreateTopicsOptions { RequestTimeout = CreationTimeout, OperationTimeout = CreationTimeout }
                )
                .WaitAsync(ct);
            return missing;
        }
        catch (CreateTopicsException e)
        {
            // TopicAlreadyExists: another process was faster.
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

    // Brokers propagate a new topic asynchronously; a consumer that subscribes before that gets an unknown-topic error.
    private async Task WaitUntilKnownAsync(IReadOnlyCollection<string> made, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        while (made.Count > 0 && clock.GetElapsedTime(began) < CreationTimeout)
        {
            var known = await DescribeAsync(ct);
            if (made.All(topic => known.TryGetValue(topic, out var partitions) && partitions.Count > 0))
            {
                return;
            }

            await Task.Delay(PollInterval, clock, ct);
        }
    }

    private TopicSpecification Specify(string topic) =>
        new()
        {
            Name = topic,
            NumPartitions = clients.Options.Partitions,
            ReplicationFactor = clients.Options.ReplicationFactor,
            Configs = new()
            {
                ["retention.ms"] = ((long)clients.Options.Retention.TotalMilliseconds).ToString(CultureInfo.InvariantCulture),
            },
        };

    [LoggerMessage(
        EventId = 1321,
        Level = LogLevel.Warning,
        Message = "Creating the Kafka topics {Topics} failed: {Reason}; continuing, in case an operator creates them"
    )]
    private partial void LogNotMade(string topics, string reason);
}

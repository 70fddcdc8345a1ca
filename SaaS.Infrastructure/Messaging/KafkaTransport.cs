using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Infrastructure.Resilience;

namespace SaaS.Infrastructure.Messaging;

/// <summary>Sends events over Kafka: a topic for each event type, with the key choosing the partition.</summary>
internal sealed partial class KafkaTransport : EventTransport, IDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);

    private readonly EventTopics _topics;
    private readonly TimeProvider _clock;
    private readonly ILogger<KafkaTransport> _logger;
    private readonly KafkaClients _clients;
    private readonly KafkaProducer _producer;

    /// <param name="servers">Comma-separated <c>host:port</c>.</param>
    public KafkaTransport(
        string servers,
        IOptions<KafkaOptions> options,
        EventTopics topics,
        TimeProvider clock,
        ILogger<KafkaTransport> logger
    )
    {
        (_topics, _clock, _logger) = (topics, clock, logger);
        _clients = new KafkaClients(servers, options.Value, clock, logger);
        _producer = new KafkaProducer(_clients);
        Topics = new KafkaTopics(_clients, topics, clock, logger);
    }

    public override string MessagingSystem => "kafka";

    internal KafkaTopics Topics { get; }

    public override async Task PublishAsync(IReadOnlyList<EventRecord> records, CancellationToken ct)
    {
        await Topics.EnsureAsync(ct);
        await _producer.PublishAsync(records, ct);
    }

    public override async Task ConsumeAsync(
        string group,
        IReadOnlyCollection<string> topics,
        Func<EventRecord, CancellationToken, Task> handle,
        CancellationToken ct
    )
    {
        var handler = new RecordHandler(handle, _clock, _logger);
        await BackgroundRetry.RunAsync(
            async stop =>
            {
                // Before subscribing, because a topic that is created later is found only at the next metadata refresh
                await Topics.EnsureAsync(stop);
                await ConsumeAsync(group, topics, handler, stop);
            },
            isTransient: e => e is KafkaException or IOException,
            onRetry: (e, _) => LogRestarting(e, group),
            _clock,
            ct,
            RetryDelay
        );
        ct.ThrowIfCancellationRequested(); // a consumer ends only when it is cancelled
    }

    public override async Task<long> CountWaitingAsync(string group, CancellationToken ct)
    {
        var there = await Topics.DescribeAsync(ct);
        List<TopicPartition> places =
        [
            .. (_topics.ByGroup.GetValueOrDefault(group) ?? _topics.Consumed).SelectMany(topic =>
                there.GetValueOrDefault(_clients.Options.TopicPrefix + topic) ?? []
            ),
        ];
        try
        {
            // The client has only blocking calls. It does not subscribe, so it does not join the group.
            return await Task.Run(() => CountWaiting(group, places, ct), ct);
        }
        catch (KafkaException e)
        {
            throw KafkaFailures.ToIOException(e);
        }
    }

    public override Task<long> PurgeAsync(TimeSpan age, CancellationToken ct) => Task.FromResult(0L);

    public void Dispose()
    {
        _producer.Dispose();
        Topics.Dispose();
    }

    private async Task ConsumeAsync(string group, IReadOnlyCollection<string> topics, RecordHandler handler, CancellationToken ct)
    {
        using var consumer = new KafkaConsumer(_clients, group, handler, _clock, _logger, ct);
        using var metric = EventLag.Observe(group, () => consumer.Lag);
        await Task.Factory.StartNew(
            () => consumer.Run(topics),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
    }

    private long CountWaiting(string group, List<TopicPartition> places, CancellationToken ct)
    {
        using var observer = _clients.NewConsumer(group).Build();
        return observer
            .Committed(places, AnswerTime)
            .Sum(committed =>
            {
                ct.ThrowIfCancellationRequested();
                var log = observer.QueryWatermarkOffsets(committed.TopicPartition, AnswerTime);
                // An unset offset is below every other, and deleted records do not count
                return log.High.Value - Math.Max(committed.Offset.Value, log.Low.Value);
            });
    }

    [LoggerMessage(
        EventId = 1341,
        Level = LogLevel.Warning,
        Message = "Consumer group {Group} cannot read from Kafka; restarting the consumer"
    )]
    private partial void LogRestarting(Exception exception, string group);
}

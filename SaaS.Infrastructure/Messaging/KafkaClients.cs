using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace SaaS.Infrastructure.Messaging;

/// <summary>Makes clients that reach the same brokers in the same way, and says in our log what they complain of.</summary>
internal sealed partial class KafkaClients(string servers, KafkaOptions options, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan LogThrottle = TimeSpan.FromSeconds(30);
    private long _nextComplaint = long.MinValue;

    public KafkaOptions Options => options;

    public TimeProvider Clock => clock;

    /// <summary>For records that are sent one at a time: one that cannot be sent fails alone.</summary>
    public IProducer<string, string> NewProducer(Action<IProducer<string, string>> onFatal) =>
        NewProducer(new ProducerConfig { MessageTimeoutMs = (int)options.MessageTimeout.TotalMilliseconds }, onFatal);

    /// <summary>
    /// For records that are sent together. None may be sent after one that failed: one request is on its way at a time, a
    /// refusal ends the producer, and no record is given up for its age while another, younger by a moment, is not.
    /// https://github.com/confluentinc/librdkafka/blob/master/INTRODUCTION.md#gap-less-guarantee
    /// </summary>
    public IProducer<string, string> NewPipeline(Action<IProducer<string, string>> onFatal) =>
        NewProducer(new ProducerConfig { MessageTimeoutMs = 0, EnableGaplessGuarantee = true, MaxInFlight = 1 }, onFatal);

    private IProducer<string, string> NewProducer(ProducerConfig config, Action<IProducer<string, string>> onFatal)
    {
        config.Acks = Acks.All;
        config.EnableIdempotence = true;
        config.CompressionType = Enum.Parse<CompressionType>(options.CompressionType.ToString());
        config.LingerMs = 0; // what comes together goes together all the same; to wait for more would only add to the time that an event takes
        config.Partitioner = Partitioner.Murmur2Random; // as clients in other languages choose, so that a key has one partition whoever publishes
        return new ProducerBuilder<string, string>(Reach(config))
            .SetErrorHandler((producer, error) =>
            {
                Complain(error);
                if (error.IsFatal)
                {
                    onFatal(producer);
                }
            })
            .SetLogHandler((_, message) => Repeat(message))
            .Build();
    }

    /// <param name="group">Without the prefix.</param>
    public ConsumerBuilder<string, string> NewConsumer(string group)
    {
        var config = Reach(new ConsumerConfig
        {
            GroupId = options.TopicPrefix + group,
            PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            CheckCrcs = true, // what was damaged on the way is asked for again; TCP's own sum lets some of it through
            SessionTimeoutMs = (int)options.SessionTimeout.TotalMilliseconds,
            HeartbeatIntervalMs = (int)(options.SessionTimeout / 3).TotalMilliseconds,
            FetchWaitMaxMs = (int)options.FetchWait.TotalMilliseconds,
            MaxPollIntervalMs = (int)options.MaxPollInterval.TotalMilliseconds,
            TopicMetadataRefreshIntervalMs = (int)TimeSpan.FromSeconds(30).TotalMilliseconds, // a topic that an operator makes later is noticed soon
        });
        return new ConsumerBuilder<string, string>(config).SetErrorHandler((_, error) => Complain(error)).SetLogHandler((_, message) => Repeat(message));
    }

    public IAdminClient NewAdmin() =>
        new AdminClientBuilder(Reach(new AdminClientConfig())).SetErrorHandler((_, error) => Complain(error)).SetLogHandler((_, message) => Repeat(message)).Build();

    private T Reach<T>(T config)
        where T : ClientConfig
    {
        config.BootstrapServers = servers;
        config.ClientId = AppDomain.CurrentDomain.FriendlyName; // what an operator sees in the brokers' own figures
        config.SecurityProtocol = Enum.Parse<SecurityProtocol>(options.SecurityProtocol.ToString());
        if (options.SslCaLocation is { Length: > 0 } authorities)
        {
            config.SslCaLocation = authorities;
        }

        if (options.SecurityProtocol is KafkaSecurity.SaslPlaintext or KafkaSecurity.SaslSsl)
        {
            config.SaslMechanism = Enum.Parse<SaslMechanism>(options.SaslMechanism.ToString());
            config.SaslUsername = options.SaslUsername;
            config.SaslPassword = options.SaslPassword;
        }

        return config;
    }

    // A client says the same at every try to connect, several times a second.
    private void Complain(Error error)
    {
        var now = clock.GetUtcNow().Ticks;
        var next = Interlocked.Read(ref _nextComplaint);
        if (error.IsFatal || (now >= next && Interlocked.CompareExchange(ref _nextComplaint, now + LogThrottle.Ticks, next) == next))
        {
            LogComplaint(KafkaFailures.Describe(error));
        }
    }

    private void Repeat(LogMessage message) => LogClient(message.Facility, message.Message);

    [LoggerMessage(EventId = 1311, Level = LogLevel.Warning, Message = "Kafka: {Reason}; said at most every 30 s")]
    private partial void LogComplaint(string reason);

    [LoggerMessage(EventId = 1312, Level = LogLevel.Debug, Message = "Kafka's client, {Facility}: {Text}")]
    private partial void LogClient(string facility, string text);
}

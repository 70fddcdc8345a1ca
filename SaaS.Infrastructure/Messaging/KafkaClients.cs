using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace SaaS.Infrastructure.Messaging;

/// <summary>Creates Kafka clients with the configured connection, and forwards their errors to the log.</summary>
internal sealed partial class KafkaClients(string servers, KafkaOptions options, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan LogThrottle = TimeSpan.FromSeconds(30);
    private long _nextComplaint = long.MinValue;

    public KafkaOptions Options => options;

    public TimeProvider Clock => clock;

    /// <summary>Creates a producer for records that are sent one at a time, where one record that cannot be sent fails alone.</summary>
    public IProducer<string, string> NewProducer(Action<IProducer<string, string>> onFatal) =>
        NewProducer(new ProducerConfig { MessageTimeoutMs = (int)options.MessageTimeout.TotalMilliseconds }, onFatal);

    /// <summary>
    /// Creates a producer for records that are sent together. No record is sent after one that failed: one request is in flight at a time,
    /// a rejection ends the producer, and no record times out while a younger one is still sent.
    /// https://github.com/confluentinc/librdkafka/blob/master/INTRODUCTION.md#gap-less-guarantee
    /// </summary>
    public IProducer<string, string> NewPipeline(Action<IProducer<string, string>> onFatal) =>
        NewProducer(
            new ProducerConfig
            {
                MessageTimeoutMs = 0,
                EnableGaplessGuarantee = true,
                MaxInFlight = 1,
            },
            onFatal
        );

    private IProducer<string, string> NewProducer(ProducerConfig config, Action<IProducer<string, string>> onFatal)
    {
        config.Acks = Acks.All;
        config.EnableIdempotence = true;
        config.CompressionType = Enum.Parse<CompressionType>(options.CompressionType.ToString());
        config.LingerMs = 0; // records that arrive together are batched anyway; waiting for more would only add latency
        // The default of the Java client, so that a key has the same partition for clients in every language
        config.Partitioner = Partitioner.Murmur2Random;
        return new ProducerBuilder<string, string>(Reach(config))
            .SetErrorHandler(
                (producer, error) =>
                {
                    LogThrottled(error);
                    if (error.IsFatal)
                    {
                        onFatal(producer);
                    }
                }
            )
            .SetLogHandler((_, message) => ForwardLog(message))
            .Build();
    }

    /// <param name="group">Without the topic prefix.</param>
    public ConsumerBuilder<string, string> NewConsumer(string group)
    {
        var config = Reach(
            new ConsumerConfig
            {
                GroupId = options.TopicPrefix + group,
                PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
                AutoOffsetReset = AutoOffsetReset.Earliest,
                EnableAutoCommit = false,
                EnableAutoOffsetStore = false,
                CheckCrcs = true, // records that were damaged in transit are fetched again; the TCP checksum misses some errors
                SessionTimeoutMs = (int)options.SessionTimeout.TotalMilliseconds,
                HeartbeatIntervalMs = (int)(options.SessionTimeout / 3).TotalMilliseconds,
                FetchWaitMaxMs = (int)options.FetchWait.TotalMilliseconds,
                MaxPollIntervalMs = (int)options.MaxPollInterval.TotalMilliseconds,
                // So that topics that are created later are found soon
                TopicMetadataRefreshIntervalMs = (int)TimeSpan.FromSeconds(30).TotalMilliseconds,
            }
        );
        return new ConsumerBuilder<string, string>(config)
            .SetErrorHandler((_, error) => LogThrottled(error))
            .SetLogHandler((_, message) => ForwardLog(message));
    }

    public IAdminClient NewAdmin() =>
        new AdminClientBuilder(Reach(new AdminClientConfig()))
            .SetErrorHandler((_, error) => LogThrottled(error))
            .SetLogHandler((_, message) => ForwardLog(message))
            .Build();

    private T Reach<T>(T config)
        where T : ClientConfig
    {
        config.BootstrapServers = servers;
        config.ClientId = AppDomain.CurrentDomain.FriendlyName; // shown in the brokers' metrics
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

    // A client reports the same error at every connection attempt, several times a second.
    private void LogThrottled(Error error)
    {
        var now = clock.GetUtcNow().Ticks;
        var next = Interlocked.Read(ref _nextComplaint);
        if (error.IsFatal || (now >= next && Interlocked.CompareExchange(ref _nextComplaint, now + LogThrottle.Ticks, next) == next))
        {
            LogComplaint(KafkaFailures.Describe(error));
        }
    }

    private void ForwardLog(LogMessage message) => LogClient(message.Facility, message.Message);

    [LoggerMessage(EventId = 1311, Level = LogLevel.Warning, Message = "Kafka client error: {Reason} (logged at most every 30 s)")]
    private partial void LogComplaint(string reason);

    [LoggerMessage(EventId = 1312, Level = LogLevel.Debug, Message = "Kafka client {Facility}: {Text}")]
    private partial void LogClient(string facility, string text);
}

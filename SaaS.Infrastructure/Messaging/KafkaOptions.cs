using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Messaging;

/// <summary>Settings of the Kafka clients; the connection string has the addresses of the brokers.</summary>
internal sealed class KafkaOptions
{
    public KafkaSecurity SecurityProtocol { get; init; } = KafkaSecurity.Plaintext;

    public KafkaSasl SaslMechanism { get; init; } = KafkaSasl.ScramSha512;

    public string? SaslUsername { get; init; }

    [Secret]
    public string? SaslPassword { get; init; }

    /// <summary>A file with the certificates of trusted authorities; null uses those of the operating system.</summary>
    public string? SslCaLocation { get; init; }

    /// <summary>A prefix for the names of topics and consumer groups, so that installations can share brokers.</summary>
    public string TopicPrefix { get; init; } = "";

    /// <summary>Creates missing topics; otherwise an operator does.</summary>
    public bool CreateTopics { get; init; } = true;

    /// <summary>The number of partitions of new topics. Adding partitions later breaks the order of keys with records in flight.</summary>
    public int Partitions { get; init; } = 16;

    /// <summary>The replication factor of new topics; -1 is the brokers' default.</summary>
    public short ReplicationFactor { get; init; } = -1;

    /// <summary>The retention of new topics: how long the brokers keep a record, consumed or not.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>
    /// The compression of records. lz4 is the default because events are small and mostly sent alone, so CPU time matters more than size.
    /// </summary>
    public KafkaCompression CompressionType { get; init; } = KafkaCompression.Lz4;

    /// <summary>
    /// The time for which a consumer may be silent before its partitions are reassigned. Heartbeats do not wait for handlers, so the
    /// brokers' minimum is enough.
    /// </summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>
    /// The time for which the poll loop may hang before the consumer loses its partitions. The loop does not wait for handlers.
    /// </summary>
    public TimeSpan MaxPollInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The time for which brokers may delay a fetch while there is nothing to consume.</summary>
    public TimeSpan FetchWait { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The timeout of publishing a record.</summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>The protection and authentication of connections to brokers.</summary>
internal enum KafkaSecurity
{
    Plaintext,
    Ssl,
    SaslPlaintext,
    SaslSsl,
}

/// <summary>The SASL mechanism of the password authentication.</summary>
internal enum KafkaSasl
{
    Plain,
    ScramSha256,
    ScramSha512,
}

/// <summary>The compression of records.</summary>
internal enum KafkaCompression
{
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

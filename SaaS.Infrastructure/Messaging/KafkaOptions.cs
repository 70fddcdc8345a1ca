using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Messaging;

/// <summary>How the brokers are spoken to; their addresses are the connection string's.</summary>
internal sealed class KafkaOptions
{
    public KafkaSecurity SecurityProtocol { get; init; } = KafkaSecurity.Plaintext;

    public KafkaSasl SaslMechanism { get; init; } = KafkaSasl.ScramSha512;

    public string? SaslUsername { get; init; }

    [Secret]
    public string? SaslPassword { get; init; }

    /// <summary>A file with the certificates of authorities to trust; none are the operating system's.</summary>
    public string? SslCaLocation { get; init; }

    /// <summary>Begins the names of topics and consumer groups, so that installations can share brokers.</summary>
    public string TopicPrefix { get; init; } = "";

    /// <summary>Make topics that are not there; without it an operator does.</summary>
    public bool CreateTopics { get; init; } = true;

    /// <summary>Of topics that are made. Adding some later mixes up the order of keys that have records under way.</summary>
    public int Partitions { get; init; } = 16;

    /// <summary>Of topics that are made; -1 is the brokers' default.</summary>
    public short ReplicationFactor { get; init; } = -1;

    /// <summary>Of topics that are made: how long the brokers keep a record, whether or not it was consumed.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>lz4: events are small and mostly sent alone, so what counts is that it costs next to nothing, not how well it packs.</summary>
    public KafkaCompression CompressionType { get; init; } = KafkaCompression.Lz4;

    /// <summary>How long a consumer may be silent before others take its partitions. Heartbeats do not wait for handlers, so that the brokers' minimum is enough.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How long the loop that fetches may hang before the consumer gives up its partitions. It does not wait for handlers either.</summary>
    public TimeSpan MaxPollInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long brokers may hold back an answer while there is nothing to consume. They answer at once when there is.</summary>
    public TimeSpan FetchWait { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a record may be on its way until publishing it has failed.</summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>How a connection to a broker is protected, and whether it is signed in to.</summary>
internal enum KafkaSecurity
{
    Plaintext,
    Ssl,
    SaslPlaintext,
    SaslSsl,
}

/// <summary>How the password is proved.</summary>
internal enum KafkaSasl
{
    Plain,
    ScramSha256,
    ScramSha512,
}

/// <summary>What records are packed with.</summary>
internal enum KafkaCompression
{
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

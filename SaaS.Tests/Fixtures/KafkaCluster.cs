using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SaaS.Platform.Messaging;

[assembly: AssemblyFixture(typeof(SaaS.Tests.Fixtures.KafkaCluster))]

namespace SaaS.Tests.Fixtures;

/// <summary>Kafka, for all tests that need it: the brokers that <c>KAFKA_BOOTSTRAP_SERVERS</c> names, or a mock broker, which starts with the first test that asks.</summary>
public sealed class KafkaCluster : IDisposable
{
    public const int Partitions = 8;

    private readonly Lazy<KafkaMock> _mock = new(() => new KafkaMock());

    /// <summary>Brokers that keep what they are told and make topics.</summary>
    internal static bool IsReal => Given is not null;

    internal string Servers => Given ?? _mock.Value.Servers;

    private static string? Given => Environment.GetEnvironmentVariable("KAFKA_BOOTSTRAP_SERVERS") is { Length: > 0 } servers ? servers : null;

    /// <summary>Makes topics where the transport cannot.</summary>
    internal void Prepare(params IEnumerable<string> topics)
    {
        if (!IsReal)
        {
            topics.ToList().ForEach(topic => _mock.Value.Create(topic, Partitions));
        }
    }

    /// <summary>A transport with these topics.</summary>
    internal KafkaTransport Open(params string[] topics)
    {
        Prepare(topics);
        return Open(Servers, new KafkaOptions { Partitions = Partitions, CreateTopics = IsReal, MaxPollInterval = TimeSpan.FromSeconds(6) }, topics);
    }

    internal static KafkaTransport Open(string servers, KafkaOptions options, params string[] topics) =>
        new(servers, Options.Create(options), new EventTopics(topics, topics), TimeProvider.System, NullLogger<KafkaTransport>.Instance);

    public void Dispose()
    {
        if (_mock.IsValueCreated)
        {
            _mock.Value.Dispose();
        }
    }
}

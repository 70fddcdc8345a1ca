using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SaaS.Benchmarks;
using SaaS.Infrastructure.Messaging;

[assembly: AssemblyFixture(typeof(SaaS.Tests.Fixtures.KafkaCluster))]

namespace SaaS.Tests.Fixtures;

/// <summary>A Kafka cluster that the tests share.</summary>
public sealed class KafkaCluster : IDisposable
{
    public const int Partitions = 8;

    private readonly KafkaBrokers _brokers = new();

    internal string Servers => _brokers.Servers;

    /// <summary>Creates topics where the transport cannot.</summary>
    internal void Prepare(params IEnumerable<string> topics) => _brokers.Prepare(topics, Partitions);

    /// <summary>Creates a transport with these topics.</summary>
    internal KafkaTransport Open(params string[] topics)
    {
        Prepare(topics);
        return Open(
            Servers,
            new KafkaOptions
            {
                Partitions = Partitions,
                CreateTopics = KafkaBrokers.AreReal,
                MaxPollInterval = TimeSpan.FromSeconds(6),
                FetchWait = KafkaBrokers.MockFetchWait,
            },
            topics
        );
    }

    internal static KafkaTransport Open(string servers, KafkaOptions options, params string[] topics) =>
        new(servers, Options.Create(options), new EventTopics(topics, topics), TimeProvider.System, NullLogger<KafkaTransport>.Instance);

    public void Dispose() => _brokers.Dispose();
}

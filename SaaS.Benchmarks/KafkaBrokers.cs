using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using SaaS.Core.Messaging;

namespace SaaS.Benchmarks;

/// <summary>The Kafka brokers in <c>KAFKA_BOOTSTRAP_SERVERS</c>, or a mock broker that starts on first use.</summary>
internal sealed class KafkaBrokers : IDisposable
{
    /// <summary>The fetch wait for the mock broker, which always waits that long, even when records are available.</summary>
    internal static readonly TimeSpan MockFetchWait = TimeSpan.FromMilliseconds(10);

    private readonly Lazy<KafkaMock> _mock = new(() => new KafkaMock());

    /// <summary>True for real brokers, which persist records and create topics.</summary>
    internal static bool AreReal => ConfiguredServers is not null;

    internal string Servers => ConfiguredServers ?? _mock.Value.Servers;

    private static string? ConfiguredServers =>
        Environment.GetEnvironmentVariable("KAFKA_BOOTSTRAP_SERVERS") is { Length: > 0 } servers ? servers : null;

    /// <summary>Creates the topics that do not exist.</summary>
    internal void Prepare(IEnumerable<string> topics, int partitions)
    {
        var missing = topics.ToList();
        if (!AreReal)
        {
            missing.ForEach(topic => _mock.Value.Create(topic, partitions));
        }
        else if (missing.Count > 0)
        {
            Task.Run(() => CreateAsync(Servers, missing, partitions)).GetAwaiter().GetResult();
        }
    }

    /// <summary>Creates new topics for all event types.</summary>
    /// <returns>The settings of a host for these topics.</returns>
    internal Dictionary<string, string?> PrepareInstallation(int partitions)
    {
        var prefix = $"{Path.GetRandomFileName()}.";
        Prepare(EventCatalogue.Types.Select(type => prefix + type), partitions);
        var settings = new Dictionary<string, string?>
        {
            ["ConnectionStrings__kafka"] = Servers,
            ["Kafka__TopicPrefix"] = prefix,
            ["Kafka__Partitions"] = partitions.ToString(CultureInfo.InvariantCulture),
        };
        if (!AreReal)
        {
            settings["Kafka__FetchWait"] = MockFetchWait.ToString();
        }

        return settings;
    }

    private static async Task CreateAsync(string servers, List<string> topics, int partitions)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).Build();
        try
        {
            await admin.CreateTopicsAsync(topics.Select(topic => new TopicSpecification { Name = topic, NumPartitions = partitions }));
        }
        catch (CreateTopicsException e)
            when (e.Results.TrueForAll(result => !result.Error.IsError || result.Error.Code is ErrorCode.TopicAlreadyExists))
        {
            // Another test class has created the topics.
        }
    }

    public void Dispose()
    {
        if (_mock.IsValueCreated)
        {
            _mock.Value.Dispose();
        }
    }
}

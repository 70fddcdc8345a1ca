using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using SaaS.Core.Messaging;

namespace SaaS.Benchmarks;

/// <summary>Kafka: the brokers that <c>KAFKA_BOOTSTRAP_SERVERS</c> names, or a mock broker, which starts with the first question.</summary>
internal sealed class KafkaBrokers : IDisposable
{
    /// <summary>The mock broker answers who asks for records when the time is up, also when some came before.</summary>
    internal static readonly TimeSpan MockFetchWait = TimeSpan.FromMilliseconds(10);

    private readonly Lazy<KafkaMock> _mock = new(() => new KafkaMock());

    /// <summary>They keep what they are told, and make topics.</summary>
    internal static bool AreReal => Given is not null;

    internal string Servers => Given ?? _mock.Value.Servers;

    private static string? Given => Environment.GetEnvironmentVariable("KAFKA_BOOTSTRAP_SERVERS") is { Length: > 0 } servers ? servers : null;

    /// <summary>Creates topics; those that exist stay as they are.</summary>
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

    /// <summary>Makes the product's topics anew.</summary>
    /// <returns>What a host has to be told to use them.</returns>
    internal Dictionary<string, string?> PrepareInstallation(int partitions)
    {
        var prefix = $"{Path.GetRandomFileName()}.";
        Prepare(EventCatalogue.Types.Select(type => prefix + type), partitions);
        var settings = new Dictionary<string, string?> { ["ConnectionStrings__kafka"] = Servers, ["Kafka__TopicPrefix"] = prefix, ["Kafka__Partitions"] = partitions.ToString(CultureInfo.InvariantCulture) };
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
        catch (CreateTopicsException e) when (e.Results.TrueForAll(result => !result.Error.IsError || result.Error.Code is ErrorCode.TopicAlreadyExists))
        {
            // Another class of tests was faster.
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

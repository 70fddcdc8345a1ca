using System.Globalization;
using SaaS.Core.Events;

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

    /// <summary>Makes topics where the transport cannot.</summary>
    internal void Prepare(IEnumerable<string> topics, int partitions)
    {
        if (!AreReal)
        {
            topics.ToList().ForEach(topic => _mock.Value.Create(topic, partitions));
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

    public void Dispose()
    {
        if (_mock.IsValueCreated)
        {
            _mock.Value.Dispose();
        }
    }
}

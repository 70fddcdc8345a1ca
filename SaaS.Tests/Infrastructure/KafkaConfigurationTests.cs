using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SaaS.Infrastructure.Messaging;
using SaaS.Infrastructure.Settings;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Infrastructure;

/// <summary>Tests the start of a host with different messaging settings.</summary>
public sealed class KafkaConfigurationTests(KafkaCluster kafka)
{
    private const string Connection = "ConnectionStrings:kafka";
    private const string Nobody = "127.0.0.1:9,[::1]:9";

    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost:")]
    [InlineData("localhost:0")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:9092,")]
    [InlineData("localhost:9092;localhost:9093")]
    [InlineData("PLAINTEXT://localhost:9092")]
    public void An_invalid_Kafka_connection_string_prevents_startup(string connection)
    {
        var stopped = Assert.Throws<InvalidSettingsException>(() => NewHost(Connection, connection));

        Assert.Contains(Connection, stopped.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Kafka:SecurityProtocol", "7")]
    [InlineData("Kafka:SecurityProtocol", "SaslSsl")]
    [InlineData("Kafka:SaslMechanism", "7")]
    [InlineData("Kafka:SaslUsername", "me")]
    [InlineData("Kafka:SaslPassword", "do-not-tell")]
    [InlineData(
        "Kafka:SaslMechanism",
        "Plain",
        "Kafka:SecurityProtocol",
        "SaslPlaintext",
        "Kafka:SaslUsername",
        "me",
        "Kafka:SaslPassword",
        "do-not-tell"
    )]
    [InlineData("Kafka:SslCaLocation", "/nowhere/ca.pem")]
    [InlineData("Kafka:TopicPrefix", "a/b")]
    [InlineData("Kafka:Partitions", "0")]
    [InlineData("Kafka:ReplicationFactor", "0")]
    [InlineData("Kafka:Retention", "00:10:00")]
    [InlineData("Kafka:CompressionType", "7")]
    [InlineData("Kafka:SessionTimeout", "00:00:00")]
    [InlineData("Kafka:MaxPollInterval", "00:00:05")]
    [InlineData("Kafka:FetchWait", "00:00:00")]
    [InlineData("Kafka:MessageTimeout", "00:10:00")]
    public async Task An_invalid_Kafka_setting_prevents_startup_and_is_named(params string[] settings)
    {
        using var host = NewHost([Connection, Nobody, .. settings]);

        var stopped = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Contains(settings[0], stopped.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("do-not-tell", stopped.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_Kafka_setting_prevents_startup()
    {
        using var host = NewHost(Connection, Nobody, "Kafka:Partition", "16");

        var stopped = await Assert.ThrowsAsync<InvalidSettingsException>(() => host.StartAsync());

        Assert.Contains("Partition", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_without_reachable_brokers_starts_degraded()
    {
        using var host = NewHost(
            Connection,
            Nobody,
            "Kafka:SecurityProtocol",
            "SaslSsl",
            "Kafka:SaslUsername",
            "me",
            "Kafka:SaslPassword",
            "do-not-tell",
            "Kafka:CompressionType",
            "Zstd"
        );
        await host.StartAsync();

        Assert.IsType<KafkaTransport>(host.Services.GetRequiredService<EventTransport>());
        Assert.Equal(HealthStatus.Degraded, await HealthOfAsync(host));
        await host.StopAsync();
    }

    [Fact]
    public async Task A_host_with_a_reachable_broker_is_healthy()
    {
        using var host = NewHost(Connection, kafka.Servers);
        await host.StartAsync();

        Assert.Equal(HealthStatus.Healthy, await HealthOfAsync(host));
        await host.StopAsync();
    }

    private static async Task<HealthStatus> HealthOfAsync(IHost host) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Tags.Contains("ready")))
            .Entries["kafka"]
            .Status;

    private static IHost NewHost(params string[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(
            settings.Chunk(2).Select(pair => KeyValuePair.Create<string, string?>(pair[0], pair[1]))
        );
        builder.Services.AddLogging().AddSingleton(TimeProvider.System).AddSingleton(new EventTopics([], []));
        builder.AddMessaging();
        return builder.Build();
    }
}

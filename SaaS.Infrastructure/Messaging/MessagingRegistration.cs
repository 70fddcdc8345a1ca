using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Messaging;

/// <summary>Chooses what carries the events: Kafka where brokers are named, else the control database, which needs nothing beside it.</summary>
public static class MessagingRegistration
{
    /// <summary><c>host:port</c>, several with commas.</summary>
    public const string ConnectionName = "kafka";

    public const string Section = "Kafka";

    /// <summary>Whether brokers carry the events.</summary>
    public static bool IsKafka(IConfiguration configuration) => configuration.GetConnectionString(ConnectionName) is { Length: > 0 };

    private const int LeastPassword = 8;

    /// <summary>What a host demands of the password that it signs in to brokers with; the other options have rules of their own.</summary>
    public static IEnumerable<SecretFault> FaultsIn(IConfiguration configuration) =>
        IsKafka(configuration)
        && configuration[$"{Section}:{nameof(KafkaOptions.SaslPassword)}"] is { Length: > 0 } password
        && SecretStrength.OfPassword(password, configuration[$"{Section}:{nameof(KafkaOptions.SaslUsername)}"], LeastPassword) is { } weakness
            ? [SecretFault.Weak($"{Section}:{nameof(KafkaOptions.SaslPassword)}", $"{weakness}: give the user of the brokers another one.")]
            : [];

    public static void AddMessaging(this IHostApplicationBuilder builder)
    {
        builder.Services.AddConnectionSetting(ConnectionName, servers => KafkaOptionsRules.AreServers(servers) ? servers : Redact.Mask);
        if (builder.Configuration.GetConnectionString(ConnectionName) is { Length: > 0 } servers)
        {
            builder.AddKafka(servers);
        }
        else
        {
            builder.Services.AddSingleton<EventTransport, PostgresTransport>();
        }
    }

    private static void AddKafka(this IHostApplicationBuilder builder, string servers)
    {
        if (!KafkaOptionsRules.AreServers(servers))
        {
            throw new InvalidSettingsException($"ConnectionStrings:{ConnectionName} must be host:port, several with commas.");
        }

        builder.Services.AddSettings<KafkaOptions>(Section);
        builder.Services.AddSingleton<IValidateOptions<KafkaOptions>, KafkaOptionsRules>();
        builder.Services.AddSingleton<EventTransport>(services => ActivatorUtilities.CreateInstance<KafkaTransport>(services, servers)); // under one name: it is disposed of once for each
        builder.Services.AddHealthChecks().AddCheck<KafkaHealth>("kafka", failureStatus: HealthStatus.Degraded, tags: ["ready"], timeout: TimeSpan.FromSeconds(3));
    }

    private sealed class KafkaHealth(EventTransport transport) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await ((KafkaTransport)transport).Topics.DescribeAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (IOException e)
            {
                // Degraded, not unhealthy: events wait in the outboxes, and every request is answered.
                return HealthCheckResult.Degraded("Kafka does not answer", e);
            }
        }
    }
}

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Messaging;

/// <summary>Registers the event transport: Kafka when brokers are configured, otherwise the control database.</summary>
public static class MessagingRegistration
{
    /// <summary><c>host:port</c>; several are separated by commas.</summary>
    public const string ConnectionName = "kafka";

    public const string Section = "Kafka";

    /// <summary>Indicates whether Kafka carries the events.</summary>
    public static bool IsKafka(IConfiguration configuration) => configuration.GetConnectionString(ConnectionName) is { Length: > 0 };

    private const int LeastPassword = 8;

    /// <summary>Checks the strength of the Kafka password; <see cref="KafkaOptionsValidator"/> checks everything else.</summary>
    public static IEnumerable<SecretFault> ValidateSecrets(IConfiguration configuration) =>
        IsKafka(configuration)
        && configuration[$"{Section}:{nameof(KafkaOptions.SaslPassword)}"] is { Length: > 0 } password
        && SecretStrength.CheckPassword(password, configuration[$"{Section}:{nameof(KafkaOptions.SaslUsername)}"], LeastPassword)
            is { } weakness
            ?
            [
                SecretFault.Weak(
                    $"{Section}:{nameof(KafkaOptions.SaslPassword)}",
                    $"{weakness}: set another password for the user of the brokers."
                ),
            ]
            : [];

    public static void AddMessaging(this IHostApplicationBuilder builder)
    {
        builder.Services.AddConnectionSetting(ConnectionName, servers => KafkaOptionsValidator.AreServers(servers) ? servers : Redact.Mask);
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
        if (!KafkaOptionsValidator.AreServers(servers))
        {
            throw new InvalidSettingsException($"ConnectionStrings:{ConnectionName} must be host:port, several with commas.");
        }

        builder.Services.AddSettings<KafkaOptions>(Section);
        builder.Services.AddSingleton<IValidateOptions<KafkaOptions>, KafkaOptionsValidator>();
        // Registered as one service type only, so that it is disposed once
        builder.Services.AddSingleton<EventTransport>(services => ActivatorUtilities.CreateInstance<KafkaTransport>(services, servers));
        builder
            .Services.AddHealthChecks()
            .AddCheck<KafkaHealth>("kafka", failureStatus: HealthStatus.Degraded, tags: ["ready"], timeout: TimeSpan.FromSeconds(3));
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
                // Degraded, not unhealthy: events wait in the outboxes, and every request is served.
                return HealthCheckResult.Degraded("Kafka does not answer", e);
            }
        }
    }
}

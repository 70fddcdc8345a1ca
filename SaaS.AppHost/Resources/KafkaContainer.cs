using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SaaS.AppHost.Resources;

/// <summary>
/// A Kafka container with one node in KRaft mode, a listener for this machine and one for other containers.
/// </summary>
internal sealed class KafkaContainer(string name) : ContainerResource(name), IResourceWithConnectionString
{
    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"{this.GetEndpoint("tcp").Property(EndpointProperty.HostAndPort)}");
}

internal static class KafkaContainerExtensions
{
    public static IResourceBuilder<KafkaContainer> AddKafkaContainer(this IDistributedApplicationBuilder builder, string name)
    {
        var kafka = new KafkaContainer(name);
        var (tcp, inner) = (kafka.GetEndpoint("tcp"), kafka.GetEndpoint("internal"));

        // In run mode, processes connect to the host port and containers to the target port; in publish mode all share one network.
        var advertised = builder.ExecutionContext.IsRunMode
            ? ReferenceExpression.Create(
                $"PLAINTEXT://localhost:29092,PLAINTEXT_HOST://localhost:{tcp.Property(EndpointProperty.Port)},"
                    + $"PLAINTEXT_INTERNAL://{name}:{inner.Property(EndpointProperty.TargetPort)}"
            )
            : ReferenceExpression.Create(
                $"PLAINTEXT://{tcp.Property(EndpointProperty.Host)}:29092,"
                    + $"PLAINTEXT_HOST://{tcp.Property(EndpointProperty.Host)}:{tcp.Property(EndpointProperty.Port)},"
                    + $"PLAINTEXT_INTERNAL://{inner.Property(EndpointProperty.Host)}:{inner.Property(EndpointProperty.Port)}"
            );
        builder
            .Services.AddHealthChecks()
            .Add(new HealthCheckRegistration($"{name}_tcp", _ => new TcpHealthCheck(tcp), failureStatus: null, tags: null));
        return builder
            .AddResource(kafka)
            .WithImage("confluentinc/confluent-local", "8.2.0")
            .WithImageRegistry("docker.io")
            .WithEndpoint(targetPort: 9092, name: "tcp")
            .WithEndpoint(targetPort: 9093, name: "internal")
            .WithEnvironment(
                "KAFKA_LISTENERS",
                "PLAINTEXT://localhost:29092,CONTROLLER://localhost:29093,PLAINTEXT_HOST://0.0.0.0:9092,PLAINTEXT_INTERNAL://0.0.0.0:9093"
            )
            .WithEnvironment(
                "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
                "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT,PLAINTEXT_INTERNAL:PLAINTEXT"
            )
            .WithEnvironment("KAFKA_ADVERTISED_LISTENERS", advertised)
            .WithHealthCheck($"{name}_tcp");
    }

    /// <summary>
    /// Checks that the broker answers an ApiVersions request. A connection alone proves nothing, because DCP's proxy accepts it before
    /// the broker listens.
    /// </summary>
    private sealed class TcpHealthCheck(EndpointReference endpoint) : IHealthCheck
    {
        // ApiVersions, version 0, without a client id: size, key 18, version, correlation id, null string.
        private static readonly byte[] ApiVersions = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff];

        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(endpoint.Host, endpoint.Port, cancellationToken);
                await using var stream = client.GetStream();
                await stream.WriteAsync(ApiVersions, cancellationToken);
                return await stream.ReadAsync(new byte[4], cancellationToken) > 0
                    ? HealthCheckResult.Healthy()
                    : HealthCheckResult.Unhealthy("The broker does not answer.");
            }
            catch (Exception away) when (away is SocketException or IOException)
            {
                return HealthCheckResult.Unhealthy("The broker cannot be reached.", away);
            }
        }
    }
}

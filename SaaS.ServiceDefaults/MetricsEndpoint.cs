using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;

namespace SaaS.ServiceDefaults;

/// <summary>
/// Serves Prometheus metrics at <c>/metrics</c> from a separate server on its own port, so that no mistake in the order of middleware can
/// expose them at the public address.
/// </summary>
internal sealed class MetricsEndpoint(MeterProvider numbers, IOptions<MetricsOptions> options) : IHostedService, IAsyncDisposable
{
    public const string Path = "/metrics";

    private readonly WebApplication _server = Build(numbers, options.Value);

    public Task StartAsync(CancellationToken cancellationToken) => _server.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => _server.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static WebApplication Build(MeterProvider numbers, MetricsOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions()); // it inherits no address of the host
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Listen(options.EndPoint());
            });
        var server = builder.Build();
        server.UseOpenTelemetryPrometheusScrapingEndpoint(
            numbers,
            predicate: null,
            Path,
            configureBranchedPipeline: null,
            optionsName: null
        );
        return server;
    }
}

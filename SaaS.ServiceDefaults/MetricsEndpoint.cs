using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;

namespace SaaS.ServiceDefaults;

/// <summary>
/// The host's numbers at <c>/metrics</c>, for Prometheus. They are served beside the host and not by it, on a port of their own:
/// no mistake in the order of a pipeline can show them at the address that the public reaches.
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
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions()); // it knows none of the host's addresses
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(options.EndPoint());
        });
        var server = builder.Build();
        server.UseOpenTelemetryPrometheusScrapingEndpoint(numbers, predicate: null, Path, configureBranchedPipeline: null, optionsName: null);
        return server;
    }
}

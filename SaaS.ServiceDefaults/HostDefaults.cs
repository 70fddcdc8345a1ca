using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace SaaS.ServiceDefaults;

/// <summary>Configures what all hosts share: telemetry, health checks, service discovery and resilient HTTP clients.</summary>
public static class HostDefaults
{
    /// <summary>The product's own traces and metrics; equal to <c>SaaSDiagnostics.Name</c>.</summary>
    private const string Product = "SaaS";

    /// <summary>Equal to <c>SaaSDiagnostics.Calls</c>.</summary>
    private const string Calls = "SaaS.Calls";

    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void AddServiceDefaults(this IHostApplicationBuilder builder)
    {
        builder.ConfigureConsole();
        builder.ConfigureOpenTelemetry();
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), tags: [HealthEndpoints.Live]);
        builder.Services.AddSingleton<IPostConfigureOptions<HealthCheckServiceOptions>, HealthCheckTimeouts>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ReadinessReport>();
        builder.Services.AddSingleton<HealthMetrics>();
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            http.AddStandardResilienceHandler();
            http.AddServiceDiscovery();
        });
        // Longer than any request worth finishing, shorter than an orchestrator waits before it kills the process.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(10));
    }

    /// <summary>Logs one line for each message, as text in development and as JSON elsewhere, unless a formatter is configured.</summary>
    private static void ConfigureConsole(this IHostApplicationBuilder builder)
    {
        if (builder.Configuration["Logging:Console:FormatterName"] is not null)
        {
            return;
        }

        if (builder.Environment.IsDevelopment())
        {
            builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        }
        else
        {
            builder.Logging.AddJsonConsole(console => console.UseUtcTimestamp = true);
        }
    }

    private static void ConfigureOpenTelemetry(this IHostApplicationBuilder builder)
    {
        var isSent = !string.IsNullOrWhiteSpace(builder.Configuration[OtlpEndpoint]);
        var isScraped = builder.Configuration.GetValue<int?>($"{MetricsOptions.Section}:{nameof(MetricsOptions.Port)}") is not null;

        builder.Logging.AddOpenTelemetry(logging =>
        {
            // Without scopes: the framework's scope contains the path, in which a client can write anything.
            logging.IncludeFormattedMessage = true;
            logging.AddProcessor(new TenantLogProcessor());
        });

        var telemetry = builder
            .Services.AddOpenTelemetry()
            .ConfigureResource(resource =>
                resource
                    .AddService(builder.Environment.ApplicationName, serviceVersion: HealthEndpoints.Version)
                    .AddAttributes([new("deployment.environment.name", builder.Environment.EnvironmentName.ToLowerInvariant())])
                    .AddEnvironmentVariableDetector()
            ) // last: OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win
            .WithMetrics(metrics =>
                metrics
                    .AddAspNetCoreInstrumentation()
                    .AddHttpClientInstrumentation()
                    .AddRuntimeInstrumentation()
                    .AddNpgsqlInstrumentation()
                    .AddMeter(Product)
            )
            .WithTracing(tracing => tracing.AddSource(builder.Environment.ApplicationName).AddSource(Product));

        builder.ConfigureScraping(telemetry, isScraped);
        if (!isSent)
        {
            // Without an exporter, spans of requests and statements are not created: they cost a quarter of a request's processor time.
            // Our own are created whatever their parent: they carry a request's trace id through the events to the audit log.
            telemetry.WithTracing(tracing => tracing.SetSampler<AlwaysOnSampler>());
            return;
        }

        // OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG set the sampler. By default all are sampled, unless the client decided otherwise.
        telemetry.UseOtlpExporter();
        telemetry.WithMetrics(metrics => metrics.SetExemplarFilter(ExemplarFilterType.TraceBased));
        telemetry.WithTracing(tracing =>
            tracing
                .AddProcessor(new PostgresSpanProcessor()) // before the next one, which removes the text that it reads
                .AddProcessor(new RedactingActivityProcessor())
                .AddSource(Calls)
                // Probes come every few seconds and carry no information.
                .AddAspNetCoreInstrumentation(options =>
                    options.Filter = http =>
                        !http.Request.Path.StartsWithSegments(HealthEndpoints.Root)
                        && !http.Request.Path.StartsWithSegments(MetricsEndpoint.Path)
                )
                .AddHttpClientInstrumentation()
                .AddRedisInstrumentation(RedisSpans.Configure)
                .AddNpgsql()
        );
    }

    private static void ConfigureScraping(this IHostApplicationBuilder builder, OpenTelemetryBuilder telemetry, bool isScraped)
    {
        builder
            .Services.AddOptions<MetricsOptions>()
            .BindConfiguration(MetricsOptions.Section, binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateDataAnnotations()
            .Validate(options => options.HasAddress(), "Metrics:Address must be an IP address, such as 127.0.0.1 or ::.")
            .ValidateOnStart();
        if (isScraped) // otherwise no metrics are aggregated
        {
            telemetry.WithMetrics(metrics => metrics.AddPrometheusExporter());
            builder.Services.AddHostedService<MetricsEndpoint>();
        }
    }
}

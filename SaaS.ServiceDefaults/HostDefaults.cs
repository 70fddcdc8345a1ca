using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace SaaS.ServiceDefaults;

/// <summary>What every host has, whatever its role: telemetry, health, service discovery, HTTP clients that survive a bad moment.</summary>
public static class HostDefaults
{
    /// <summary>The product's own traces and metrics; the same name as <c>SaaSDiagnostics.Name</c>.</summary>
    private const string Product = "SaaS";

    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void AddServiceDefaults(this IHostApplicationBuilder builder)
    {
        builder.ConfigureConsole();
        builder.ConfigureOpenTelemetry();
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), tags: [HealthEndpoints.Live]);
        builder.Services.AddSingleton<IPostConfigureOptions<HealthCheckServiceOptions>, HealthDeadlines>();
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            http.AddStandardResilienceHandler();
            http.AddServiceDiscovery();
        });
        // Longer than the longest request that is worth finishing, shorter than what an orchestrator waits before it kills.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(10));
    }

    /// <summary>A line for each message: people read it in a terminal, machines read JSON. Whoever has chosen a form gets that.</summary>
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
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });

        var telemetry = builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddNpgsqlInstrumentation()
                .AddMeter(Product))
            .WithTracing(tracing => tracing
                .AddSource(builder.Environment.ApplicationName)
                .AddSource(Product));

        if (string.IsNullOrWhiteSpace(builder.Configuration[OtlpEndpoint]))
        {
            // Spans that nobody receives are not worth a quarter of a request's processor time: those of requests and statements are not made.
            // Our own are, whoever they descend from: they carry a request's trace id through the events to the audit.
            telemetry.WithTracing(tracing => tracing.SetSampler<AlwaysOnSampler>());
            return;
        }

        telemetry.UseOtlpExporter();
        telemetry.WithTracing(tracing => tracing
            // Probes come every few seconds and say nothing.
            .AddAspNetCoreInstrumentation(options => options.Filter = http => !http.Request.Path.StartsWithSegments(HealthEndpoints.Root))
            .AddHttpClientInstrumentation()
            .AddNpgsql());
    }
}

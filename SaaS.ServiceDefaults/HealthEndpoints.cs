using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SaaS.ServiceDefaults;

/// <summary>
/// Maps the health endpoints: <c>/health</c> for people (always 200), <c>/health/live</c> for restarts (checks no backing service, because
/// a restart would not repair one) and <c>/health/ready</c> for load balancers (checks each backing service with a timeout, at a cost that
/// is independent of the number of tenants).
/// </summary>
/// <remarks>
/// Readiness is 503 only while this process can serve nothing useful: a service that every replica lacks, and that most requests do not
/// need, would take all replicas out of the load balancer at once.
/// </remarks>
public static class HealthEndpoints
{
    public const string Root = "/health";
    public const string Live = "live";
    public const string Ready = "ready";

    /// <summary>The entry of the host itself: it counts for readiness, but is not a service.</summary>
    internal const string Lifetime = "lifetime";

    // Tells an orchestrator that set Health:InstanceId that its own process answers, and not another program on the same port.
    private const string InstanceId = "X-Instance-Id";

    /// <summary>The version of all hosts.</summary>
    public static string Version { get; } =
        typeof(HealthEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static void MapDefaultEndpoints(this IEndpointRouteBuilder routes, string service)
    {
        _ = routes.ServiceProvider.GetRequiredService<HealthMetrics>(); // creates the gauge
        routes.MapHealth(Root, service);
        routes
            .MapHealthChecks(
                $"{Root}/{Live}",
                new HealthCheckOptions { Predicate = check => check.Tags.Contains(Live), ResponseWriter = WriteAsync }
            )
            .DisableRateLimiting();
        routes.MapGet($"{Root}/{Ready}", WriteReadinessAsync).DisableRateLimiting().ExcludeFromDescription();
    }

    /// <summary>Maps a health report of the host to a path.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes, string path, string service) =>
        routes
            .MapGet(
                path,
                async (ReadinessReport readiness, CancellationToken ct) =>
                {
                    var report = await readiness.ReadAsync(ct);
                    var checks = report.Entries.ToDictionary(entry => entry.Key, entry => ToText(entry.Value.Status));
                    return TypedResults.Ok(
                        new
                        {
                            status = ToText(report.Status),
                            service,
                            version = Version,
                            checks,
                        }
                    );
                }
            )
            .DisableRateLimiting()
            .ExcludeFromDescription();

    private static async Task WriteReadinessAsync(HttpContext http, ReadinessReport readiness)
    {
        var report = await readiness.ReadAsync(http.RequestAborted);
        http.Response.StatusCode =
            report.Status is HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        http.Response.Headers.CacheControl = "no-store, no-cache";
        await WriteAsync(http, report);
    }

    // Only names, states and durations: the endpoint is public, and details are in the log.
    private static Task WriteAsync(HttpContext http, HealthReport report)
    {
        if (http.RequestServices.GetRequiredService<IConfiguration>()["Health:InstanceId"] is { } instance)
        {
            http.Response.Headers[InstanceId] = instance;
        }

        return http.Response.WriteAsJsonAsync(
            new
            {
                status = ToText(report.Status),
                checks = report.Entries.ToDictionary(
                    entry => entry.Key,
                    entry => new
                    {
                        status = ToText(entry.Value.Status),
                        milliseconds = Math.Round(entry.Value.Duration.TotalMilliseconds, 1),
                    }
                ),
            }
        );
    }

    private static string ToText(HealthStatus status) =>
        status switch
        {
            HealthStatus.Healthy => "healthy",
            HealthStatus.Degraded => "degraded",
            HealthStatus.Unhealthy => "unhealthy",
        };
}

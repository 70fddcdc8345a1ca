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
/// What is asked of a host's health, and by whom. <c>/health</c> is for people: always 200, with what is wrong.
/// <c>/health/live</c> is for whoever restarts: no backing service is asked, because a restart would not bring one back.
/// <c>/health/ready</c> is for whoever sends traffic: each backing service is asked, with a deadline; none may depend on how many
/// tenants there are. It is 503 only while this process can answer nothing useful: a service that every replica lacks, and that most
/// requests do without, would take all replicas out of the load balancer at once.
/// </summary>
public static class HealthEndpoints
{
    public const string Root = "/health";
    public const string Live = "live";
    public const string Ready = "ready";

    /// <summary>Of the host itself: counts for readiness, and is no service that is shown by name.</summary>
    public const string Lifetime = "lifetime";

    // An orchestrator that set Health:InstanceId tells by it that its own process answers, and not another program on the same port.
    private const string InstanceId = "X-Instance-Id";

    /// <summary>All hosts are of one version.</summary>
    public static string Version { get; } = typeof(HealthEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static void MapDefaultEndpoints(this IEndpointRouteBuilder routes, string service)
    {
        _ = routes.ServiceProvider.GetRequiredService<HealthMetrics>(); // nobody else asks for it
        routes.MapHealth(Root, service);
        routes.MapHealthChecks($"{Root}/{Live}", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Live), ResponseWriter = WriteAsync }).DisableRateLimiting();
        routes.MapGet($"{Root}/{Ready}", AnswerReadyAsync).DisableRateLimiting().ExcludeFromDescription();
    }

    /// <summary>How the host is, at an address of its own.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes, string path, string service) =>
        routes.MapGet(path, async (ReadinessReport readiness, CancellationToken ct) =>
        {
            var report = await readiness.ReadAsync(ct);
            var checks = report.Entries.ToDictionary(entry => entry.Key, entry => Word(entry.Value.Status));
            return TypedResults.Ok(new { status = Word(report.Status), service, version = Version, checks });
        }).DisableRateLimiting().ExcludeFromDescription();

    private static async Task AnswerReadyAsync(HttpContext http, ReadinessReport readiness)
    {
        var report = await readiness.ReadAsync(http.RequestAborted);
        http.Response.StatusCode = report.Status is HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        http.Response.Headers.CacheControl = "no-store, no-cache";
        await WriteAsync(http, report);
    }

    // Names, states and times only: what went wrong in detail stands in the log, not before everybody's eyes.
    private static Task WriteAsync(HttpContext http, HealthReport report)
    {
        if (http.RequestServices.GetRequiredService<IConfiguration>()["Health:InstanceId"] is { } instance)
        {
            http.Response.Headers[InstanceId] = instance;
        }

        return http.Response.WriteAsJsonAsync(new
        {
            status = Word(report.Status),
            checks = report.Entries.ToDictionary(entry => entry.Key, entry => new
            {
                status = Word(entry.Value.Status),
                milliseconds = Math.Round(entry.Value.Duration.TotalMilliseconds, 1),
            }),
        });
    }

    private static string Word(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "healthy",
        HealthStatus.Degraded => "degraded",
        HealthStatus.Unhealthy => "unhealthy",
    };
}

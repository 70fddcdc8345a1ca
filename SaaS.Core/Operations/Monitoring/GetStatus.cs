using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>The status of the system.</summary>
/// <param name="Status">The worst state of all services: healthy, degraded or down.</param>
/// <param name="Summary">Number of services in each state.</param>
/// <param name="Checks">The results, ordered by service name.</param>
public sealed record SystemStatus(ServiceState Status, CheckSummary Summary, IReadOnlyList<ServiceCheck> Checks);

internal static class GetStatus
{
    internal static void Map(RouteGroupBuilder monitoring) => monitoring.MapGet("/status", Handle);

    /// <summary>Checks all services now and summarizes their states.</summary>
    /// <remarks>The response status is 200 even if a service is down.</remarks>
    internal static async Task<Ok<ApiResponse<SystemStatus>>> Handle(ServiceChecks services, CancellationToken ct)
    {
        var checks = await services.RunAllAsync(ct);
        var summary = CheckSummary.From(checks);
        return ApiResponse.Ok(new SystemStatus(summary.Worst, summary, checks), "Status retrieved");
    }
}

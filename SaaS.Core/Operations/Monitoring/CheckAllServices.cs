using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>All services, checked.</summary>
/// <param name="Timestamp">When (UTC).</param>
/// <param name="OverallStatus">The worst state that a service is in.</param>
/// <param name="HealthyServices">How many are healthy.</param>
/// <param name="TotalServices">How many there are.</param>
/// <param name="Services">Name → what was found.</param>
/// <param name="Errors">Name → what is wrong, of those that are not healthy.</param>
public sealed record CheckedServices(
    DateTimeOffset Timestamp, ServiceState OverallStatus, int HealthyServices, int TotalServices,
    IReadOnlyDictionary<string, ServiceCheck> Services, IReadOnlyDictionary<string, string?> Errors);

internal static class CheckAllServices
{
    internal static void Map(RouteGroupBuilder monitoring) => monitoring.MapGet("/check/all", Handle);

    /// <summary>Checks every service now, and shows them by name.</summary>
    internal static async Task<Ok<ApiResponse<CheckedServices>>> Handle(ServiceChecks services, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var checks = await services.RunAllAsync(ct);
        var summary = CheckSummary.Of(checks);
        return ApiResponse.Ok(
            new CheckedServices(
                now, summary.Worst, summary.Healthy, summary.Total,
                checks.ToDictionary(check => check.Service),
                checks.Where(check => check.State is not ServiceState.Healthy).ToDictionary(check => check.Service, check => check.Detail)),
            "Services checked");
    }
}

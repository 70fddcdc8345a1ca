using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>The results of checking all services.</summary>
/// <param name="Timestamp">Time of the check (UTC).</param>
/// <param name="OverallStatus">The worst state of all services.</param>
/// <param name="HealthyServices">Number of healthy services.</param>
/// <param name="TotalServices">Number of services.</param>
/// <param name="Services">Service name → result.</param>
/// <param name="Errors">Service name → error, for services that are not healthy.</param>
public sealed record CheckedServices(
    DateTimeOffset Timestamp,
    ServiceState OverallStatus,
    int HealthyServices,
    int TotalServices,
    IReadOnlyDictionary<string, ServiceCheck> Services,
    IReadOnlyDictionary<string, string?> Errors
);

internal static class CheckAllServices
{
    internal static void Map(RouteGroupBuilder monitoring) => monitoring.MapGet("/check/all", Handle);

    /// <summary>Checks all services now and returns the results by name.</summary>
    internal static async Task<Ok<ApiResponse<CheckedServices>>> Handle(ServiceChecks services, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var checks = await services.RunAllAsync(ct);
        var summary = CheckSummary.From(checks);
        return ApiResponse.Ok(
            new CheckedServices(
                now,
                summary.Worst,
                summary.Healthy,
                summary.Total,
                checks.ToDictionary(check => check.Service),
                checks.Where(check => check.State is not ServiceState.Healthy).ToDictionary(check => check.Service, check => check.Detail)
            ),
            "Services checked"
        );
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>How the system is.</summary>
/// <param name="Status">The worst state that a service is in: healthy, degraded or down.</param>
/// <param name="Summary">How many services there are in each state.</param>
/// <param name="Checks">The services, by name.</param>
public sealed record SystemStatus(ServiceState Status, CheckSummary Summary, IReadOnlyList<ServiceCheck> Checks);

internal static class GetStatus
{
    internal static void Map(RouteGroupBuilder monitoring) => monitoring.MapGet("/status", Handle);

    /// <summary>Checks every service now, and says how many are healthy.</summary>
    /// <remarks>A service that is down is what was asked for, so the answer is 200 all the same.</remarks>
    internal static async Task<Ok<ApiResponse<SystemStatus>>> Handle(ServiceChecks services, CancellationToken ct)
    {
        var checks = await services.RunAllAsync(ct);
        var summary = CheckSummary.Of(checks);
        return ApiResponse.Ok(new SystemStatus(summary.Worst, summary, checks), "Status retrieved");
    }
}

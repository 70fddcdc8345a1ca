using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>The result of checking one service.</summary>
/// <param name="Service">The name of the service.</param>
/// <param name="Result">The result of the check.</param>
public sealed record CheckedService(string Service, ServiceCheck Result);

internal static class CheckService
{
    // The names of the services in the original system.
    private static readonly Dictionary<string, string> ServiceAliases = new()
    {
        ["minio"] = "objects",
        ["celery"] = SchedulerCheck.Name,
        ["api"] = "self",
    };

    internal static void Map(RouteGroupBuilder monitoring) =>
        monitoring.MapGet("/check/{service}", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Checks one service now.</summary>
    /// <param name="service">The name in the list of checks; minio, celery and api are aliases of objects, scheduler and self.</param>
    internal static async Task<Results<Ok<ApiResponse<CheckedService>>, ProblemResult>> Handle(
        string service,
        ServiceChecks services,
        CancellationToken ct
    )
    {
        var name = ServiceAliases.GetValueOrDefault(service, service);
        return services.Deadlines.ContainsKey(name)
            ? ApiResponse.Ok(new CheckedService(name, await services.RunAsync(name, ct)), "Service checked")
            : Problem.ForField("service", $"Must be one of: {string.Join(", ", services.Deadlines.Keys)}.").ToHttp();
    }
}

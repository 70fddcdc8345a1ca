using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>One service, checked.</summary>
/// <param name="Service">Its name.</param>
/// <param name="Result">What was found.</param>
public sealed record CheckedService(string Service, ServiceCheck Result);

internal static class CheckService
{
    // What the services were called in the system before.
    private static readonly Dictionary<string, string> LegacyEnvironmentVariables = new() { ["minio"] = "objects", ["celery"] = SchedulerCheck.Name, ["api"] = "self" };

    internal static void Map(RouteGroupBuilder monitoring) => monitoring.MapGet("/check/{service}", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Checks one service now.</summary>
    /// <param name="service">Its name in the list of checks; minio, celery and api are understood as objects, scheduler and self.</param>
    internal static async Task<Results<Ok<ApiResponse<CheckedService>>, ProblemResult>> Handle(string service, ServiceChecks services, CancellationToken ct)
    {
        var name = LegacyEnvironmentVariables.GetValueOrDefault(service, service);
        return services.Deadlines.ContainsKey(name)
            ? ApiResponse.Ok(new CheckedService(name, await services.RunAsync(name, ct)), "Service checked")
            : Problem.OfField("service", $"Must be one of: {string.Join(", ", services.Deadlines.Keys)}.").ToHttp();
    }
}

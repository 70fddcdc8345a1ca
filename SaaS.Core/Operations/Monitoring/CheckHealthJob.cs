using SaaS.Core.Jobs;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>Checks all services periodically. The run fails when a service is down, which raises an alert like any failing job.</summary>
internal sealed class CheckHealthJob(ServiceChecks services) : Job
{
    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var checks = await services.RunAllAsync(ct);
        var summary = CheckSummary.From(checks);
        var found = string.Concat([
            $"{summary.Healthy} of {summary.Total} healthy",
            Those(checks, ServiceState.Down),
            Those(checks, ServiceState.Degraded),
        ]);
        return summary.Down == 0 ? found : throw new ServicesDownException(found);
    }

    private static string Those(IEnumerable<ServiceCheck> checks, ServiceState state)
    {
        var found = checks
            .Where(check => check.State == state)
            .Select(check => check.Detail is null ? check.Service : $"{check.Service} ({check.Detail})")
            .ToList();
        return found.Count == 0 ? "" : $"; {(state is ServiceState.Down ? "down" : "degraded")}: {string.Join(", ", found)}";
    }
}

internal sealed class ServicesDownException(string found) : Exception(found);

using SaaS.Core.Jobs;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>Looks at everything while nobody does. What is down makes the run fail: there it is seen, and whoever is told of failing jobs is told.</summary>
internal sealed class CheckHealthJob(ServiceChecks services) : Job
{
    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var checks = await services.RunAllAsync(ct);
        var summary = CheckSummary.Of(checks);
        var found = string.Concat([$"{summary.Healthy} of {summary.Total} healthy", Those(checks, ServiceState.Down), Those(checks, ServiceState.Degraded)]);
        return summary.Down == 0 ? found : throw new ServicesDownException(found);
    }

    private static string Those(IEnumerable<ServiceCheck> checks, ServiceState state)
    {
        var found = checks.Where(check => check.State == state).Select(check => check.Detail is null ? check.Service : $"{check.Service} ({check.Detail})").ToList();
        return found.Count == 0 ? "" : $"; {(state is ServiceState.Down ? "down" : "degraded")}: {string.Join(", ", found)}";
    }
}

/// <summary>Something does not answer, or does not do what it is for.</summary>
internal sealed class ServicesDownException(string found) : Exception(found);

using Microsoft.Extensions.Diagnostics.HealthChecks;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>Whether anybody fires the jobs: a scheduler that has lately told the cluster that it is there.</summary>
internal sealed class SchedulerCheck(JobControl control) : IHealthCheck
{
    /// <summary>A scheduler's own check of itself has the same name: what is asked is the same.</summary>
    public const string Name = "scheduler";

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var there = await control.ListSchedulersAsync(cancellationToken);
        return there switch
        {
            [] => HealthCheckResult.Unhealthy("No scheduler is there: no job runs"),
            _ when there.All(scheduler => scheduler.IsLate) => HealthCheckResult.Degraded("No scheduler has told in time that it is there"),
            _ => HealthCheckResult.Healthy($"Schedulers that are there: {there.Count}"),
        };
    }
}

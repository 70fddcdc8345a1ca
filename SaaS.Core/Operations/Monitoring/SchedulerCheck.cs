using Microsoft.Extensions.Diagnostics.HealthChecks;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>Checks that a scheduler with a recent heartbeat exists in the cluster.</summary>
internal sealed class SchedulerCheck(JobControl control) : IHealthCheck
{
    /// <summary>The name of the check; the scheduler's own check has the same name.</summary>
    public const string Name = "scheduler";

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var there = await control.ListSchedulersAsync(cancellationToken);
        return there switch
        {
            [] => HealthCheckResult.Unhealthy("No scheduler is running; no job runs"),
            _ when there.All(scheduler => scheduler.IsLate) => HealthCheckResult.Degraded("No scheduler has a recent heartbeat"),
            _ => HealthCheckResult.Healthy($"Schedulers that are there: {there.Count}"),
        };
    }
}

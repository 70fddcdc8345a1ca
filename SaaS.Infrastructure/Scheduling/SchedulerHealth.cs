using Microsoft.Extensions.Diagnostics.HealthChecks;
using Quartz;

namespace SaaS.Infrastructure.Scheduling;

/// <summary>Checks that this host fires jobs. Unlike Quartz's own check it does not create a scheduler.</summary>
internal sealed class SchedulerHealth(HostScheduler host) : IHealthCheck
{
    private static readonly JobKey Nobody = new(nameof(SchedulerHealth));

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (host.Current is not { Status: SchedulerStatus.Running } scheduler)
        {
            return HealthCheckResult.Unhealthy("The scheduler is not running");
        }

        try
        {
            await scheduler.Exists(Nobody, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (SchedulerException)
        {
            return HealthCheckResult.Unhealthy("The scheduler cannot reach its store");
        }
    }
}

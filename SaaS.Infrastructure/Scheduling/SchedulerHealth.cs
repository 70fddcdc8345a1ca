using Microsoft.Extensions.Diagnostics.HealthChecks;
using Quartz;

namespace SaaS.Infrastructure.Scheduling;

/// <summary>Whether this host fires jobs. It asks nothing of Quartz before there is a scheduler, unlike Quartz's own check, which would make it.</summary>
internal sealed class SchedulerHealth(HostScheduler host) : IHealthCheck
{
    private static readonly JobKey Nobody = new(nameof(SchedulerHealth));

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (host.Made is not { Status: SchedulerStatus.Running } scheduler)
        {
            return HealthCheckResult.Unhealthy("The scheduler does not fire");
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

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SaaS.Core.Databases;

namespace SaaS.Core.Monitoring;

/// <summary>Nobody but an operator replays a dead event: until then, something that should have followed has not.</summary>
internal sealed class DeadEventsCheck(ControlDb db) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var dead = await db.DeadEvents.Select(one => one.EventId).Distinct().CountAsync(cancellationToken);
        return dead == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded($"Events that a consumer could not deal with: {dead}");
    }
}

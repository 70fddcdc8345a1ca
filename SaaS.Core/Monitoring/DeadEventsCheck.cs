using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace SaaS.Core.Monitoring;

/// <summary>Nobody but an operator replays a dead event: until then, something that should have followed has not.</summary>
internal sealed class DeadEventsCheck(NpgsqlDataSource control) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var command = control.CreateCommand("SELECT count(DISTINCT event_id) FROM dead_events"); // no context: a check that is late outlives its scope
            return await command.ExecuteScalarAsync(cancellationToken) is long dead and > 0
                ? HealthCheckResult.Degraded($"Events that a consumer could not deal with: {dead}")
                : HealthCheckResult.Healthy();
        }
        catch (NpgsqlException e)
        {
            return HealthCheckResult.Unhealthy("The dead events cannot be read", e);
        }
    }
}

using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>Nobody but an operator replays a dead event: until then, something that should have followed has not.</summary>
internal sealed class DeadLettersCheck(NpgsqlDataSource control) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return await CountAsync(control, cancellationToken) is > 0 and var dead
                ? HealthCheckResult.Degraded($"Events that a consumer could not deal with: {dead}")
                : HealthCheckResult.Healthy();
        }
        catch (NpgsqlException e)
        {
            return HealthCheckResult.Unhealthy("The dead events cannot be read", e);
        }
    }

    // No context: a check that is late outlives its scope.
    internal static async Task<long> CountAsync(NpgsqlDataSource control, CancellationToken ct)
    {
        await using var command = control.CreateCommand("SELECT count(DISTINCT event_id) FROM dead_letters");
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }
}

using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>Reports dead letters as degraded, because an operator must replay or skip them.</summary>
internal sealed class DeadLettersCheck(NpgsqlDataSource control) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return await CountAsync(control, cancellationToken) is > 0 and var dead
                ? HealthCheckResult.Degraded($"Dead letters: {dead}")
                : HealthCheckResult.Healthy();
        }
        catch (NpgsqlException e)
        {
            return HealthCheckResult.Unhealthy("The dead letters cannot be read", e);
        }
    }

    // No DbContext, because a check that times out may outlive its scope.
    internal static async Task<long> CountAsync(NpgsqlDataSource control, CancellationToken ct)
    {
        await using var command = control.CreateCommand("SELECT count(DISTINCT event_id) FROM dead_letters");
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }
}

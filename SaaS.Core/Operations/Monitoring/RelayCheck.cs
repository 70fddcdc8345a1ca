using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Npgsql;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>Checks the lag of the relay against its thresholds; see <see cref="RelayLag"/>.</summary>
internal sealed class RelayCheck(RelayLag lag, IOptions<MonitoringOptions> options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var (late, tenants) = await lag.ReadAsync(cancellationToken);
            return late < options.Value.RelayLagDegraded
                ? HealthCheckResult.Healthy()
                : new HealthCheckResult(
                    late < options.Value.RelayLagDown ? HealthStatus.Degraded : HealthStatus.Unhealthy,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The relay is late by {late:d\\.hh\\:mm\\:ss}; tenants with waiting events: {tenants}"
                    )
                );
        }
        catch (NpgsqlException e)
        {
            return HealthCheckResult.Unhealthy("The outbox cannot be read", e);
        }
    }
}

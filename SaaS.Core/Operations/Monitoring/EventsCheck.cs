using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using SaaS.Core.Messaging;
using SaaS.Infrastructure.Messaging;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>
/// Checks that the event log can be read. The number of waiting events is reported but not judged, because a large import is no fault.
/// </summary>
internal sealed class EventsCheck(EventTransport transport) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return HealthCheckResult.Healthy(
                $"Events waiting for their consumers: {await ConsumerGroups.CountWaitingAsync(transport, cancellationToken)}"
            );
        }
        catch (NpgsqlException e)
        {
            return HealthCheckResult.Unhealthy("The event log cannot be read", e);
        }
    }
}

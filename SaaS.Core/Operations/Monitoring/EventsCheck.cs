using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using SaaS.Core.Messaging;
using SaaS.Infrastructure.Messaging;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>Whether the log that carries the events can be read. How much waits in it is told and not judged: a large import is nobody's fault.</summary>
internal sealed class EventsCheck(EventTransport transport) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return HealthCheckResult.Healthy($"Events that wait for their consumers: {await ConsumerGroups.CountWaitingAsync(transport, cancellationToken)}");
        }
        catch (NpgsqlException e)
        {
            return HealthCheckResult.Unhealthy("The event log cannot be read", e);
        }
    }
}

using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace SaaS.ServiceDefaults;

/// <summary>
/// Enforces the timeout of every check. The framework only cancels a check, and Npgsql may take a minute to stop when its server hangs, so
/// the check is abandoned; it may outlive its scope and must not use it.
/// </summary>
internal sealed class HealthCheckTimeouts : IPostConfigureOptions<HealthCheckServiceOptions>
{
    public void PostConfigure(string? name, HealthCheckServiceOptions options)
    {
        foreach (var registration in options.Registrations)
        {
            var make = registration.Factory;
            registration.Factory = services => new HealthCheckWithTimeout(make(services));
        }
    }

    private sealed class HealthCheckWithTimeout(IHealthCheck check) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            check.CheckHealthAsync(context, cancellationToken).WaitAsync(cancellationToken);
    }
}

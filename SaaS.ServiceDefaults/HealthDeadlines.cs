using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace SaaS.ServiceDefaults;

/// <summary>
/// Keeps the deadline of every check. The framework only asks a check to stop, and a client whose server hangs may take a
/// minute to do that: Npgsql first asks the server to cancel, over a connection that hangs as well. So the check is left
/// alone then; it may go on after its scope is gone, and must not hold anything of it.
/// </summary>
internal sealed class HealthDeadlines : IPostConfigureOptions<HealthCheckServiceOptions>
{
    public void PostConfigure(string? name, HealthCheckServiceOptions options)
    {
        foreach (var registration in options.Registrations)
        {
            var make = registration.Factory;
            registration.Factory = services => new Kept(make(services));
        }
    }

    private sealed class Kept(IHealthCheck check) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            check.CheckHealthAsync(context, cancellationToken).WaitAsync(cancellationToken);
    }
}

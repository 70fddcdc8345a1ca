namespace SaaS.Core.Operations.Monitoring;

/// <summary>The state of a service.</summary>
public enum ServiceState
{
    /// <summary>The service works.</summary>
    Healthy,

    /// <summary>The service works but needs the attention of an operator.</summary>
    Degraded,

    /// <summary>The service is unavailable or does not work.</summary>
    Down,
}

/// <summary>The result of checking a service.</summary>
/// <param name="Service">The name of the service, e.g. redis.</param>
/// <param name="State">healthy, degraded or down.</param>
/// <param name="Detail">Details in a sentence; may be null.</param>
/// <param name="Milliseconds">Duration of the check (milliseconds).</param>
/// <param name="DeadlineSeconds">Timeout of the check (seconds); null if it has none.</param>
public sealed record ServiceCheck(string Service, ServiceState State, string? Detail, double Milliseconds, double? DeadlineSeconds);

/// <summary>The number of services in each state.</summary>
/// <param name="Total">Number of checked services.</param>
/// <param name="Healthy">Number of healthy services.</param>
/// <param name="Degraded">Number of degraded services.</param>
/// <param name="Down">Number of services that are down.</param>
public sealed record CheckSummary(int Total, int Healthy, int Degraded, int Down)
{
    /// <summary>The worst state.</summary>
    internal ServiceState Worst =>
        this switch
        {
            { Down: > 0 } => ServiceState.Down,
            { Degraded: > 0 } => ServiceState.Degraded,
            _ => ServiceState.Healthy,
        };

    internal static CheckSummary From(IReadOnlyCollection<ServiceCheck> checks) =>
        new(checks.Count, Count(checks, ServiceState.Healthy), Count(checks, ServiceState.Degraded), Count(checks, ServiceState.Down));

    private static int Count(IEnumerable<ServiceCheck> checks, ServiceState state) => checks.Count(check => check.State == state);
}

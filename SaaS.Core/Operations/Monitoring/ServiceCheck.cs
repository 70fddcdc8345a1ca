namespace SaaS.Core.Operations.Monitoring;

/// <summary>How a service is.</summary>
public enum ServiceState
{
    /// <summary>It does what it should.</summary>
    Healthy,

    /// <summary>It works, and an operator should look at it.</summary>
    Degraded,

    /// <summary>It does not answer, or does not do what it is for.</summary>
    Down,
}

/// <summary>What a check of a service found.</summary>
/// <param name="Service">What was checked, e.g. redis.</param>
/// <param name="State">healthy, degraded or down.</param>
/// <param name="Detail">What was found, in a sentence; null when there is nothing to add.</param>
/// <param name="Milliseconds">How long the answer took.</param>
/// <param name="DeadlineSeconds">How long it may take; null for what is answered at once.</param>
public sealed record ServiceCheck(string Service, ServiceState State, string? Detail, double Milliseconds, double? DeadlineSeconds);

/// <summary>How many services there are in each state.</summary>
/// <param name="Total">All that were checked.</param>
/// <param name="Healthy">That do what they should.</param>
/// <param name="Degraded">That work, and should be looked at.</param>
/// <param name="Down">That do not.</param>
public sealed record CheckSummary(int Total, int Healthy, int Degraded, int Down)
{
    /// <summary>The worst of them.</summary>
    internal ServiceState Worst => this switch
    {
        { Down: > 0 } => ServiceState.Down,
        { Degraded: > 0 } => ServiceState.Degraded,
        _ => ServiceState.Healthy,
    };

    internal static CheckSummary Of(IReadOnlyCollection<ServiceCheck> checks) =>
        new(checks.Count, Count(checks, ServiceState.Healthy), Count(checks, ServiceState.Degraded), Count(checks, ServiceState.Down));

    private static int Count(IEnumerable<ServiceCheck> checks, ServiceState state) => checks.Count(check => check.State == state);
}

using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SaaS.ServiceDefaults;

/// <summary>
/// Runs the readiness checks at most once a second for all requests: the endpoint is public, and the checks write to the object store and
/// open connections.
/// </summary>
internal sealed class ReadinessReport(HealthCheckService checks, TimeProvider clock)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Task<HealthReport>? _report;
    private long _startedAt;
    private volatile HealthReport? _latest;

    /// <summary>The latest finished report; null before the first.</summary>
    public HealthReport? Latest => _latest;

    public Task<HealthReport> ReadAsync(CancellationToken ct)
    {
        lock (_gate)
        {
            if (_report is null || _report.IsFaulted || (_report.IsCompleted && clock.GetElapsedTime(_startedAt) >= Lifetime))
            {
                // Not tied to a request: the first may be aborted while others wait for the same report.
                (_report, _startedAt) = (RunAsync(), clock.GetTimestamp());
            }

            return _report.WaitAsync(ct);
        }
    }

    private async Task<HealthReport> RunAsync() =>
        _latest = await checks.CheckHealthAsync(IsOfReadiness, CancellationToken.None);

    private static bool IsOfReadiness(HealthCheckRegistration check) =>
        check.Tags.Contains(HealthEndpoints.Ready) || check.Tags.Contains(HealthEndpoints.Lifetime);
}

using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace SaaS.ServiceDefaults;

/// <summary>
/// Runs the readiness checks at most once a second for all requests: the endpoint is public, and the checks write to the object store and
/// open connections.
/// </summary>
internal sealed class ReadinessReport(HealthCheckService checks, IHostApplicationLifetime lifetime, TimeProvider clock)
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

    // A host that is starting or stopping is not ready, which is no fault: a health check would log it as an error.
    private async Task<HealthReport> RunAsync()
    {
        var (status, description) =
            lifetime.ApplicationStopping.IsCancellationRequested ? (HealthStatus.Unhealthy, "The host is stopping")
            : lifetime.ApplicationStarted.IsCancellationRequested ? (HealthStatus.Healthy, null)
            : (HealthStatus.Unhealthy, "The host has not started yet");
        var host = new HealthReportEntry(status, description, duration: TimeSpan.Zero, exception: null, data: null);
        Dictionary<string, HealthReportEntry> entries = new() { [HealthEndpoints.Lifetime] = host };
        if (status is not HealthStatus.Healthy)
        {
            return _latest = new HealthReport(entries, TimeSpan.Zero);
        }

        var services = await checks.CheckHealthAsync(check => check.Tags.Contains(HealthEndpoints.Ready), CancellationToken.None);
        return _latest = new HealthReport(services.Entries.Concat(entries).ToDictionary(), services.TotalDuration);
    }
}

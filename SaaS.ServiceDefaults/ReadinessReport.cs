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
        // A host that is starting or stopping is not ready, which is no fault: a health check would log it as an error. It is told without
        // any check, and not kept: the next request may find the host started.
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return Task.FromResult(_latest = NotReady("The host is stopping"));
        }

        if (!lifetime.ApplicationStarted.IsCancellationRequested)
        {
            return Task.FromResult(_latest = NotReady("The host has not started yet"));
        }

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

    private async Task<HealthReport> RunAsync()
    {
        var services = await checks.CheckHealthAsync(check => check.Tags.Contains(HealthEndpoints.Ready), CancellationToken.None);
        return _latest = new HealthReport(services.Entries.Concat(Host(HealthStatus.Healthy)).ToDictionary(), services.TotalDuration);
    }

    private static HealthReport NotReady(string description) => new(Host(HealthStatus.Unhealthy, description), TimeSpan.Zero);

    private static Dictionary<string, HealthReportEntry> Host(HealthStatus status, string? description = null) =>
        new() { [HealthEndpoints.Lifetime] = new(status, description, duration: TimeSpan.Zero, exception: null, data: null) };
}

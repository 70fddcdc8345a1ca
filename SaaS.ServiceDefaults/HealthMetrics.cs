using System.Diagnostics.Metrics;

namespace SaaS.ServiceDefaults;

/// <summary>Measures the readiness checks, also where nobody probes: whoever reads the metric lets them run for the next reading.</summary>
internal sealed class HealthMetrics : IDisposable
{
    private readonly ReadinessReport _readiness;
    private readonly Meter _meter;

    public HealthMetrics(ReadinessReport readiness, IMeterFactory meters)
    {
        _readiness = readiness;
        _meter = meters.Create("SaaS");
        _meter.CreateObservableGauge(
            "saas.health.status", Read, unit: null, "How each readiness check stands: 2 healthy, 1 degraded, 0 unhealthy");
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<int>> Read()
    {
        _ = _readiness.ReadAsync(CancellationToken.None);
        return _readiness.Latest is { } report
            ? [.. report.Entries.Select(entry => new Measurement<int>((int)entry.Value.Status, new KeyValuePair<string, object?>("check", entry.Key)))]
            : [];
    }
}

using System.Diagnostics.Metrics;

namespace SaaS.ServiceDefaults;

/// <summary>
/// Publishes the readiness checks as a gauge. Each reading starts the checks for the next one, so that it works without probes.
/// </summary>
internal sealed class HealthMetrics : IDisposable
{
    private readonly ReadinessReport _readiness;
    private readonly Meter _meter;

    public HealthMetrics(ReadinessReport readiness, IMeterFactory meters)
    {
        _readiness = readiness;
        _meter = meters.Create("SaaS");
        _meter.CreateObservableGauge(
            "saas.health.status",
            Read,
            unit: null,
            "Status of each readiness check: 2 healthy, 1 degraded, 0 unhealthy"
        );
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<int>> Read()
    {
        _ = _readiness.ReadAsync(CancellationToken.None);
        return _readiness.Latest is { } report
            ?
            [
                .. report.Entries.Select(entry => new Measurement<int>(
                    (int)entry.Value.Status,
                    new KeyValuePair<string, object?>("check", entry.Key)
                )),
            ]
            : [];
    }
}

using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Npgsql;
using SaaS.Infrastructure.Diagnostics;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>
/// Publishes metrics of dead letters, relay lag and available schedulers. Each worker polls the control database every few seconds, not at
/// each scrape, and reports no values while the database is unavailable.
/// </summary>
internal sealed partial class DeliveryMonitor : PeriodicBackgroundService
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(15);

    private readonly NpgsqlDataSource _control;
    private readonly RelayLag _lag;
    private readonly JobControl _jobs;
    private readonly ILogger<DeliveryMonitor> _logger;
    private volatile Snapshot? _snapshot;

    public DeliveryMonitor(NpgsqlDataSource control, RelayLag lag, JobControl jobs, TimeProvider clock, ILogger<DeliveryMonitor> logger)
        : base(PollInterval, clock)
    {
        (_control, _lag, _jobs, _logger) = (control, lag, jobs, logger);
        SaaSDiagnostics.Meter.CreateObservableGauge(
            "saas.events.dead",
            () => Measure(snapshot => snapshot.DeadLetters),
            "{event}",
            "Dead letters that wait for an operator"
        );
        SaaSDiagnostics.Meter.CreateObservableGauge(
            "saas.outbox.lag",
            () => Measure(snapshot => snapshot.Lag.TotalSeconds),
            "s",
            "Lag of the relay for the event that has waited longest"
        );
        SaaSDiagnostics.Meter.CreateObservableGauge(
            "saas.schedulers",
            () => Measure(snapshot => snapshot.Schedulers),
            "{scheduler}",
            "Schedulers with a recent heartbeat"
        );
    }

    protected override async Task PollAsync(CancellationToken ct)
    {
        var schedulers = await _jobs.ListSchedulersAsync(ct);
        var (late, _) = await _lag.ReadAsync(ct);
        _snapshot = new Snapshot(
            await DeadLettersCheck.CountAsync(_control, ct),
            late > TimeSpan.Zero ? late : TimeSpan.Zero,
            schedulers.Count(scheduler => !scheduler.IsLate)
        );
    }

    protected override void LogFailure(string failure)
    {
        _snapshot = null;
        LogPollFailed(failure);
    }

    private IEnumerable<Measurement<T>> Measure<T>(Func<Snapshot, T> number)
        where T : struct => _snapshot is { } snapshot ? [new Measurement<T>(number(snapshot))] : [];

    [LoggerMessage(
        EventId = 3211,
        Level = LogLevel.Warning,
        Message = "Dead letters, relay lag and schedulers could not be polled: {Failure}"
    )]
    private partial void LogPollFailed(string failure);

    private sealed record Snapshot(long DeadLetters, TimeSpan Lag, int Schedulers);
}

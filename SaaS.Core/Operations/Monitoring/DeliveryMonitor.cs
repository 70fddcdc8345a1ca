using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Npgsql;
using SaaS.Infrastructure.Diagnostics;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>
/// What no request shows, as numbers: events that died, how late the relay is, and whether a scheduler is there. A worker asks the
/// control database, every few seconds and not at each scrape; all workers tell the same. While it cannot ask it tells nothing.
/// </summary>
internal sealed partial class DeliveryMonitor : PeriodicBackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    private readonly NpgsqlDataSource _control;
    private readonly RelayLag _lag;
    private readonly JobControl _jobs;
    private readonly ILogger<DeliveryMonitor> _logger;
    private volatile Seen? _seen;

    public DeliveryMonitor(NpgsqlDataSource control, RelayLag lag, JobControl jobs, TimeProvider clock, ILogger<DeliveryMonitor> logger)
        : base(Pause, clock)
    {
        (_control, _lag, _jobs, _logger) = (control, lag, jobs, logger);
        SaaSDiagnostics.Meter.CreateObservableGauge("saas.events.dead", () => Tell(seen => seen.Dead), "{event}", "Events that a consumer could not deal with, and that wait for an operator");
        SaaSDiagnostics.Meter.CreateObservableGauge("saas.outbox.lag", () => Tell(seen => seen.Late.TotalSeconds), "s", "How late the relay is with the event that has waited longest");
        SaaSDiagnostics.Meter.CreateObservableGauge("saas.schedulers", () => Tell(seen => seen.Schedulers), "{scheduler}", "Schedulers that have told in time that they are there");
    }

    protected override async Task LookAsync(CancellationToken ct)
    {
        var schedulers = await _jobs.ListSchedulersAsync(ct);
        var (late, _) = await _lag.ReadAsync(ct);
        _seen = new Seen(await DeadLettersCheck.CountAsync(_control, ct), late > TimeSpan.Zero ? late : TimeSpan.Zero, schedulers.Count(scheduler => !scheduler.IsLate));
    }

    protected override void TellFailure(string failure)
    {
        _seen = null;
        LogNotLooked(failure);
    }

    private IEnumerable<Measurement<T>> Tell<T>(Func<Seen, T> number)
        where T : struct =>
        _seen is { } seen ? [new Measurement<T>(number(seen))] : [];

    [LoggerMessage(EventId = 3211, Level = LogLevel.Warning, Message = "Dead events, the relay and the schedulers could not be looked at for a moment: {Failure}")]
    private partial void LogNotLooked(string failure);

    private sealed record Seen(long Dead, TimeSpan Late, int Schedulers);
}

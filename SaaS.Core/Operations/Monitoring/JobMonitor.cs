using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Jobs;
using SaaS.Infrastructure.Diagnostics;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>
/// Checks the jobs periodically and publishes the number of open alerts as a metric. It runs in the worker, because a stopped scheduler
/// cannot report itself.
/// </summary>
internal sealed partial class JobMonitor : PeriodicBackgroundService
{
    private readonly IServiceScopeFactory _scopes;
    private readonly ILogger<JobMonitor> _logger;
    private IReadOnlyList<JobAlert> _open = [];

    public JobMonitor(IServiceScopeFactory scopes, IOptions<JobAlertOptions> options, TimeProvider clock, ILogger<JobMonitor> logger)
        : base(options.Value.CheckInterval, clock)
    {
        (_scopes, _logger) = (scopes, logger);
        SaaSDiagnostics.Meter.CreateObservableGauge("saas.jobs.alerts", Measure, "{alert}", "Failing or overdue jobs by kind");
    }

    protected override async Task PollAsync(CancellationToken ct)
    {
        await using var scope = _scopes.CreateAsyncScope();
        _open = await scope.ServiceProvider.GetRequiredService<JobAlerts>().ReconcileAsync(ct);
    }

    protected override void LogFailure(string failure) => LogPollFailed(failure);

    private IEnumerable<Measurement<int>> Measure()
    {
        var open = _open;
        return Enum.GetValues<JobAlertKind>()
            .Select(kind => new Measurement<int>(
                open.Count(alert => alert.Kind == kind),
                new KeyValuePair<string, object?>("kind", kind.ToString().ToLowerInvariant())
            ));
    }

    [LoggerMessage(EventId = 3201, Level = LogLevel.Warning, Message = "The jobs could not be checked: {Failure}")]
    private partial void LogPollFailed(string failure);
}

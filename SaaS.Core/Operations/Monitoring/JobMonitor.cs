using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Jobs;
using SaaS.Infrastructure.Diagnostics;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>
/// Looks after the jobs from the worker, because a scheduler that has ended cannot tell that it has. What is wrong is also
/// a number: how many alerts are open.
/// </summary>
internal sealed partial class JobMonitor : PeriodicBackgroundService
{
    private readonly IServiceScopeFactory _scopes;
    private readonly ILogger<JobMonitor> _logger;
    private IReadOnlyList<JobAlert> _open = [];

    public JobMonitor(IServiceScopeFactory scopes, IOptions<JobAlertOptions> options, TimeProvider clock, ILogger<JobMonitor> logger)
        : base(options.Value.LookEvery, clock)
    {
        (_scopes, _logger) = (scopes, logger);
        SaaSDiagnostics.Meter.CreateObservableGauge("saas.jobs.alerts", Measure, "{alert}", "Jobs that are failing or overdue, by kind");
    }

    protected override async Task LookAsync(CancellationToken ct)
    {
        await using var scope = _scopes.CreateAsyncScope();
        _open = await scope.ServiceProvider.GetRequiredService<JobAlerts>().CheckAsync(ct);
    }

    protected override void TellFailure(string failure) => LogNotLooked(failure);

    private IEnumerable<Measurement<int>> Measure()
    {
        var open = _open;
        return Enum.GetValues<JobAlertKind>().Select(kind => new Measurement<int>(open.Count(alert => alert.Kind == kind), new KeyValuePair<string, object?>("kind", kind.ToString().ToLowerInvariant())));
    }

    [LoggerMessage(EventId = 3201, Level = LogLevel.Warning, Message = "The jobs could not be looked after for a moment: {Failure}")]
    private partial void LogNotLooked(string failure);
}

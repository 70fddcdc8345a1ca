using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Jobs;
using SaaS.Platform.Diagnostics;

namespace SaaS.Core.Monitoring;

/// <summary>
/// Looks after the jobs from the worker, because a scheduler that has ended cannot tell that it has. What is wrong is also
/// a number: how many alerts are open.
/// </summary>
internal sealed partial class WatchJobs : BackgroundService
{
    private readonly IServiceScopeFactory _scopes;
    private readonly IOptions<JobAlertOptions> _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<WatchJobs> _logger;
    private IReadOnlyList<JobAlert> _open = [];

    public WatchJobs(IServiceScopeFactory scopes, IOptions<JobAlertOptions> options, TimeProvider clock, ILogger<WatchJobs> logger)
    {
        (_scopes, _options, _clock, _logger) = (scopes, options, clock, logger);
        SaaSDiagnostics.Meter.CreateObservableGauge("saas.jobs.alerts", Measure, "{alert}", "Jobs that are failing or overdue, by kind");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var scope = _scopes.CreateAsyncScope();
                _open = await scope.ServiceProvider.GetRequiredService<JobAlerts>().CheckAsync(stoppingToken);
            }
#pragma warning disable CA1031 // whatever it was, the next look starts anew
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogNotLooked(e.GetType().Name);
            }

            await Task.Delay(_options.Value.LookEvery, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private IEnumerable<Measurement<int>> Measure()
    {
        var open = _open;
        return Enum.GetValues<JobAlertKind>().Select(kind => new Measurement<int>(open.Count(alert => alert.Kind == kind), new KeyValuePair<string, object?>("kind", kind.ToString().ToLowerInvariant())));
    }

    [LoggerMessage(EventId = 3201, Level = LogLevel.Warning, Message = "The jobs could not be looked after for a moment: {Failure}")]
    private partial void LogNotLooked(string failure);
}

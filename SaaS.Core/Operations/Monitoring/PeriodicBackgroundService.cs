using Microsoft.Extensions.Hosting;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>Runs an operation at a fixed interval while the host runs. Failures are reported and do not stop the service.</summary>
internal abstract class PeriodicBackgroundService(TimeSpan interval, TimeProvider clock) : BackgroundService
{
    protected abstract Task PollAsync(CancellationToken ct);

    /// <param name="failure">The type of the exception; its message is not passed because it may contain hosts and users.</param>
    protected abstract void LogFailure(string failure);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await PollAsync(stoppingToken);
            }
#pragma warning disable CA1031 // no failure may stop later polls
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogFailure(e.GetType().Name);
            }

            await Task.Delay(interval, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

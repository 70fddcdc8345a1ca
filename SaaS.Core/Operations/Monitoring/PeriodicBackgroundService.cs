using Microsoft.Extensions.Hosting;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>Looks at something every so often while the host runs. A look that fails is told, and the next one starts anew.</summary>
internal abstract class PeriodicBackgroundService(TimeSpan pause, TimeProvider clock) : BackgroundService
{
    protected abstract Task LookAsync(CancellationToken ct);

    /// <param name="failure">The kind of failure; its message may name hosts and users.</param>
    protected abstract void TellFailure(string failure);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken);
            }
#pragma warning disable CA1031 // whatever it was, the next look starts anew
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                TellFailure(e.GetType().Name);
            }

            await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

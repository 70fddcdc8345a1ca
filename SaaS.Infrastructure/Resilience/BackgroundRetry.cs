using Polly;
using Polly.Retry;

namespace SaaS.Infrastructure.Resilience;

/// <summary>Retries background work until it succeeds or the host stops.</summary>
internal static class BackgroundRetry
{
    private static readonly TimeSpan InitialDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(30);

    /// <param name="isTransient">Decides which exceptions are retried; others are thrown.</param>
    /// <param name="onRetry">Logs the failure; its second argument is the delay before the next attempt. A stop is not a failure.</param>
    /// <param name="constantDelay">Null for a delay that doubles from 1 to 30 seconds.</param>
    /// <exception cref="OperationCanceledException">The host is stopping.</exception>
    public static async Task RunAsync(
        Func<CancellationToken, Task> work,
        Func<Exception, bool> isTransient,
        Action<Exception, TimeSpan> onRetry,
        TimeProvider clock,
        CancellationToken ct,
        TimeSpan? constantDelay = null
    )
    {
        var retry = new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle(isTransient),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = constantDelay is null ? DelayBackoffType.Exponential : DelayBackoffType.Constant,
            Delay = constantDelay ?? InitialDelay,
            MaxDelay = constantDelay ?? MaxDelay,
            OnRetry = failed =>
            {
                if (!ct.IsCancellationRequested)
                {
                    onRetry(failed.Outcome.Exception!, failed.RetryDelay);
                }

                return ValueTask.CompletedTask;
            },
        };
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddRetry(retry)
            .Build();
        await pipeline.ExecuteAsync(async until => await work(until), ct);
    }
}

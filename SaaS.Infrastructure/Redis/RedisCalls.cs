using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace SaaS.Infrastructure.Redis;

/// <summary>Redis does not answer, or did not just now and is not asked again yet.</summary>
public sealed class RedisUnavailableException(Exception cause) : Exception("Redis does not answer.", cause);

/// <summary>
/// Runs commands on Redis behind a circuit breaker: a Redis that hangs costs the first callers its timeout, and not every call.
/// While the circuit is open, a ping in the background tries it, so that no request has to.
/// </summary>
public sealed partial class RedisCalls
{
    /// <summary>Some failures among many successes are enough: each of them was a person who waited for the timeout.</summary>
    private const double FailureRatio = 0.1;

    private const int MinimumFailures = 2;

    // Two calls that time out one after the other are within it.
    private static readonly TimeSpan SamplingDuration = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BreakDuration = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(30);

    private readonly IConnectionMultiplexer _redis;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline _breaker;
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly Lock _gate = new();
    private DateTimeOffset _nextLog = DateTimeOffset.MinValue;
    private int _sinceLog;
    private int _isTryingAgain;

    public RedisCalls(IConnectionMultiplexer redis, TimeProvider clock, ILogger<RedisCalls> logger)
    {
        (_redis, _clock, _logger) = (redis, clock, logger);
        _breaker = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<RedisException>().Handle<TimeoutException>(),
                FailureRatio = FailureRatio,
                MinimumThroughput = MinimumFailures,
                SamplingDuration = SamplingDuration,
                BreakDuration = BreakDuration,
                StateProvider = _state,
                OnOpened = _ =>
                {
                    TryAgain();
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }

    /// <summary>False while commands fail at once, without Redis being asked.</summary>
    internal bool IsAsked => _state.CircuitState is CircuitState.Closed;

    /// <exception cref="RedisUnavailableException">It does not answer; the caller decides without it.</exception>
    public async Task<T> RunAsync<T>(Func<IDatabase, Task<T>> command)
    {
        try
        {
            return await _breaker.ExecuteAsync(async _ => await command(_redis.GetDatabase()));
        }
        catch (Exception e) when (e is RedisException or TimeoutException or BrokenCircuitException)
        {
            Log(e);
            throw new RedisUnavailableException(e);
        }
    }

    private void TryAgain()
    {
        if (Interlocked.Exchange(ref _isTryingAgain, 1) == 0)
        {
            _ = TryAgainAsync();
        }
    }

    private async Task TryAgainAsync()
    {
        while (!IsAsked)
        {
            await Task.Delay(BreakDuration, _clock);
            try
            {
                await _breaker.ExecuteAsync(async _ => await _redis.GetDatabase().PingAsync());
            }
            catch (Exception e) when (e is RedisException or TimeoutException or BrokenCircuitException)
            {
                // Still away.
            }
            catch (ObjectDisposedException)
            {
                return; // the process ends
            }
        }

        Volatile.Write(ref _isTryingAgain, 0);
        if (!IsAsked) // opened again between the last two lines
        {
            TryAgain();
        }
    }

    // Once, and then from time to time with how often, instead of at every request.
    private void Log(Exception exception)
    {
        int times;
        lock (_gate)
        {
            _sinceLog++;
            var now = _clock.GetUtcNow();
            if (now < _nextLog)
            {
                return;
            }

            (times, _sinceLog, _nextLog) = (_sinceLog, 0, now + LogInterval);
        }

        LogUnavailable(exception, times);
    }

    [LoggerMessage(EventId = 1101, Level = LogLevel.Warning,
        Message = "Redis did not answer, {Times} times since this was last said; "
            + "the database and each process's own memory decide instead")]
    private partial void LogUnavailable(Exception exception, int times);
}

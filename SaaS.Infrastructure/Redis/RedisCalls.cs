using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace SaaS.Infrastructure.Redis;

/// <summary>Redis does not answer, or the circuit breaker is open.</summary>
public sealed class RedisUnavailableException(Exception cause) : Exception("Redis does not answer.", cause);

/// <summary>
/// Runs Redis commands behind a circuit breaker, so that only the first callers wait for the timeout of a hanging Redis. While the circuit
/// is open, a background ping tests it instead of a request.
/// </summary>
public sealed partial class RedisCalls
{
    /// <summary>A low ratio, because each failure is a user who waited for the timeout.</summary>
    private const double FailureRatio = 0.1;

    private const int MinimumFailures = 2;

    // Long enough for two consecutive timeouts.
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
            .AddCircuitBreaker(
                new CircuitBreakerStrategyOptions
                {
                    ShouldHandle = new PredicateBuilder().Handle<RedisException>().Handle<TimeoutException>(),
                    FailureRatio = FailureRatio,
                    MinimumThroughput = MinimumFailures,
                    SamplingDuration = SamplingDuration,
                    BreakDuration = BreakDuration,
                    StateProvider = _state,
                    OnOpened = _ =>
                    {
                        StartProbing();
                        return ValueTask.CompletedTask;
                    },
                }
            )
            .Build();
    }

    /// <summary>False while the circuit is open and commands fail at once.</summary>
    internal bool IsCircuitClosed => _state.CircuitState is CircuitState.Closed;

    /// <exception cref="RedisUnavailableException">Redis is unavailable; the caller decides without it.</exception>
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

    private void StartProbing()
    {
        if (Interlocked.Exchange(ref _isTryingAgain, 1) == 0)
        {
            _ = ProbeAsync();
        }
    }

    private async Task ProbeAsync()
    {
        while (!IsCircuitClosed)
        {
            await Task.Delay(BreakDuration, _clock);
            try
            {
                await _breaker.ExecuteAsync(async _ => await _redis.GetDatabase().PingAsync());
            }
            catch (Exception e) when (e is RedisException or TimeoutException or BrokenCircuitException)
            {
                // Still unavailable.
            }
            catch (ObjectDisposedException)
            {
                return; // the process is stopping
            }
        }

        Volatile.Write(ref _isTryingAgain, 0);
        if (!IsCircuitClosed) // the circuit may have opened again between the last two lines
        {
            StartProbing();
        }
    }

    // Logs once, and then a count at intervals, instead of at every request.
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

    [LoggerMessage(
        EventId = 1101,
        Level = LogLevel.Warning,
        Message = "Redis did not answer, {Times} times since the last message; "
            + "the database and the memory of each process are used instead"
    )]
    private partial void LogUnavailable(Exception exception, int times);
}

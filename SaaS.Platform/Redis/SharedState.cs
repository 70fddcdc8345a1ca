using StackExchange.Redis;

namespace SaaS.Platform.Redis;

/// <summary>
/// Small values that every replica changes together: read, decided in plain code, and written all at once if nobody was
/// faster. While Redis is away each process decides from its own memory, so that a limit holds per process instead of
/// not at all.
/// </summary>
public sealed class SharedState(IConnectionMultiplexer redis, RedisSilence silence, TimeProvider clock)
{
    private const int MaxOwnValues = 10_000;
    private const int Lanes = 64;

    // Of one process only one at a time changes the same first key: what is left to collide are the replicas.
    private readonly SemaphoreSlim[] _lanes = [.. Enumerable.Range(0, Lanes).Select(_ => new SemaphoreSlim(1))];
    private readonly Dictionary<string, (string Value, DateTimeOffset Until)> _own = [];

    /// <summary>Reads the values of the keys, and writes what is decided: null leaves a key without a value.</summary>
    /// <param name="keys">The values to be seen together.</param>
    /// <param name="decide">Called again with newer values when another one was faster; changes nothing by itself.</param>
    /// <param name="lifetime">How long a value is kept after it was last written.</param>
    public async Task<T> ChangeAsync<T>(string[] keys, Func<string?[], (string?[] Values, T Result)> decide, TimeSpan lifetime, CancellationToken ct)
    {
        var lane = _lanes[(uint)string.GetHashCode(keys[0], StringComparison.Ordinal) % Lanes];
        await lane.WaitAsync(ct);
        try
        {
            return await ChangeInRedisAsync(keys, decide, lifetime);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            silence.Note(e);
            return ChangeOwn(keys, decide, lifetime);
        }
        finally
        {
            lane.Release();
        }
    }

    private async Task<T> ChangeInRedisAsync<T>(string[] keys, Func<string?[], (string?[] Values, T Result)> decide, TimeSpan lifetime)
    {
        var database = redis.GetDatabase();
        var names = keys.Select(key => (RedisKey)key).ToArray();

        while (true)
        {
            var before = await database.StringGetAsync(names);
            var (after, result) = decide([.. before.Select(value => (string?)value)]);
            var transaction = database.CreateTransaction();

            for (var i = 0; i < names.Length; i++)
            {
                transaction.AddCondition(before[i].IsNull ? Condition.KeyNotExists(names[i]) : Condition.StringEqual(names[i], before[i]));
                _ = after[i] is { } value ? transaction.StringSetAsync(names[i], value, lifetime) : (Task)transaction.KeyDeleteAsync(names[i]);
            }

            if (await transaction.ExecuteAsync())
            {
                Remember(keys, after, lifetime);
                return result;
            }
        }
    }

    private T ChangeOwn<T>(string[] keys, Func<string?[], (string?[] Values, T Result)> decide, TimeSpan lifetime)
    {
        var now = clock.GetUtcNow();
        lock (_own)
        {
            var (after, result) = decide([.. keys.Select(key => _own.TryGetValue(key, out var own) && own.Until > now ? own.Value : null)]);
            Remember(keys, after, lifetime);
            return result;
        }
    }

    // What Redis was last told too: if it falls silent, a process goes on from there and not from nothing.
    private void Remember(string[] keys, string?[] values, TimeSpan lifetime)
    {
        lock (_own)
        {
            if (_own.Count > MaxOwnValues)
            {
                foreach (var key in _own.OrderBy(entry => entry.Value.Until).Take(MaxOwnValues / 2).Select(entry => entry.Key).ToList())
                {
                    _own.Remove(key); // the nearest to their end; memory has to be bounded
                }
            }

            for (var i = 0; i < keys.Length; i++)
            {
                if (values[i] is { } value)
                {
                    _own[keys[i]] = (value, clock.GetUtcNow() + lifetime);
                }
                else
                {
                    _own.Remove(keys[i]);
                }
            }
        }
    }
}

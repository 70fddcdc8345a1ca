using StackExchange.Redis;

namespace SaaS.Platform.Redis;

/// <summary>
/// Small facts with a lifetime. None of them may be needed: one that cannot be read or written, because it was lost or
/// because Redis is away, sends the caller to the source.
/// </summary>
public sealed class ExpiringKeys(IConnectionMultiplexer redis, RedisSilence silence)
{
    /// <returns>The value; null when there is none, or when Redis did not answer. Both mean: ask the source.</returns>
    public async Task<string?> GetAsync(string key) =>
        await TryAsync(database => database.StringGetAsync(key)) is { HasValue: true } value ? value.ToString() : null;

    /// <returns>Whether the value is now there.</returns>
    public async Task<bool> SetAsync(string key, string value, TimeSpan lifetime) =>
        await TryAsync(async database => (RedisValue)await database.StringSetAsync(key, value, lifetime)) == true;

    /// <summary>Sets the value only where there is none, so that a later fact is not overwritten by an earlier one.</summary>
    public async Task<bool> SetIfAbsentAsync(string key, string value, TimeSpan lifetime) =>
        await TryAsync(async database => (RedisValue)await database.StringSetAsync(key, value, lifetime, when: When.NotExists)) == true;

    private async Task<RedisValue> TryAsync(Func<IDatabase, Task<RedisValue>> call)
    {
        try
        {
            return await call(redis.GetDatabase());
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            silence.Note(e);
            return RedisValue.Null;
        }
    }
}

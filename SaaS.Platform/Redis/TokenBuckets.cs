using StackExchange.Redis;

namespace SaaS.Platform.Redis;

/// <summary>A limit: so many permits at once, and the same number again spread over each period.</summary>
/// <param name="Key">Whose it is; the numbers belong to it, too: another limit is another bucket.</param>
public sealed record Bucket(string Key, int Permits, TimeSpan Period);

/// <summary>How a bucket stands after it was asked.</summary>
/// <param name="Remaining">Permits that are left now.</param>
/// <param name="FullIn">When it is full again, if nobody takes any.</param>
public sealed record BucketState(int Remaining, TimeSpan FullIn);

/// <summary>What came of asking for a permit.</summary>
/// <param name="Wait">When one more can be had; zero when it was given.</param>
/// <param name="States">In the order of the buckets.</param>
public sealed record BucketAnswer(TimeSpan Wait, IReadOnlyList<BucketState> States)
{
    public bool IsGiven => Wait == TimeSpan.Zero;
}

/// <summary>
/// Token buckets that all replicas share, exact to the permit however many ask at once: one script in Redis decides, by
/// Redis's clock. A permit is taken from every bucket or from none. A bucket is one number, the moment at which it is
/// full again (the generic cell rate algorithm of ITU-T I.371). While Redis is away each process keeps buckets of its own.
/// </summary>
public sealed class TokenBuckets(IConnectionMultiplexer redis, RedisSilence silence, TimeProvider clock)
{
    private const int MaxOwnBuckets = 100_000;

    // Microseconds throughout, written without an exponent: 53 bits hold them until the year 2255.
    private const string Script =
        """
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
        local wait = 0
        local full = {}
        for i = 1, #KEYS do
            local permit, period = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
            full[i] = math.max(tonumber(redis.call('GET', KEYS[i]) or '0'), now)
            wait = math.max(wait, full[i] + permit - period - now)
        end
        local answer = {string.format('%.0f', wait)}
        for i = 1, #KEYS do
            if wait == 0 then
                full[i] = full[i] + tonumber(ARGV[2 * i - 1])
                redis.call('SET', KEYS[i], string.format('%.0f', full[i]), 'PX', string.format('%.0f', math.ceil((full[i] - now) / 1000)))
            end
            answer[i + 1] = string.format('%.0f', full[i] - now)
        end
        return answer
        """;

    private readonly Dictionary<string, long> _own = [];

    public async Task<BucketAnswer> TakeAsync(params IReadOnlyList<Bucket> buckets)
    {
        try
        {
            var answer = (RedisResult[])(await redis.GetDatabase().ScriptEvaluateAsync(
                Script,
                [.. buckets.Select(bucket => (RedisKey)bucket.Key)],
                [.. buckets.SelectMany(bucket => new RedisValue[] { Permit(bucket), Microseconds(bucket.Period) })]))!;
            return Read(buckets, (long)answer[0], [.. answer.Skip(1).Select(full => (long)full)]);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            silence.Note(e);
            return TakeOwn(buckets);
        }
    }

    private BucketAnswer TakeOwn(IReadOnlyList<Bucket> buckets)
    {
        lock (_own)
        {
            var now = Microseconds(clock.GetUtcNow() - DateTimeOffset.UnixEpoch);
            if (_own.Count > MaxOwnBuckets)
            {
                foreach (var key in _own.OrderBy(bucket => bucket.Value).Take(MaxOwnBuckets / 2).Select(bucket => bucket.Key).ToList())
                {
                    _own.Remove(key); // those that are full already come first
                }
            }

            var full = buckets.Select(bucket => Math.Max(_own.GetValueOrDefault(bucket.Key), now)).ToArray();
            var wait = buckets.Zip(full, (bucket, at) => at + Permit(bucket) - Microseconds(bucket.Period) - now).Append(0).Max();
            for (var i = 0; i < full.Length; i++)
            {
                if (wait == 0)
                {
                    _own[buckets[i].Key] = full[i] += Permit(buckets[i]);
                }

                full[i] -= now;
            }

            return Read(buckets, wait, full);
        }
    }

    private static BucketAnswer Read(IReadOnlyList<Bucket> buckets, long wait, long[] fullIn) =>
        new(TimeSpan.FromMicroseconds(wait), [.. buckets.Zip(fullIn, (bucket, full) => new BucketState((int)((Microseconds(bucket.Period) - full) / Permit(bucket)), TimeSpan.FromMicroseconds(full)))]);

    /// <summary>What one permit takes to come back.</summary>
    private static long Permit(Bucket bucket) => Math.Max(1, Microseconds(bucket.Period) / bucket.Permits);

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;
}

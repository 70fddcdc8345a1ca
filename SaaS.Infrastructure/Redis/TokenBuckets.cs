using StackExchange.Redis;

namespace SaaS.Infrastructure.Redis;

/// <summary>A rate limit: a number of permits at once, refilled evenly over each period.</summary>
/// <param name="Key">Identifies the bucket. Permits and period are part of it: another limit is another bucket.</param>
public sealed record Bucket(string Key, int Permits, TimeSpan Period)
{
    /// <summary>The time in which one permit is refilled.</summary>
    internal TimeSpan Permit => TimeSpan.FromMicroseconds(Math.Max(1, Period.Ticks / TimeSpan.TicksPerMicrosecond / Permits));
}

/// <summary>The state of a bucket after a request.</summary>
/// <param name="Remaining">The permits that are left.</param>
/// <param name="FullIn">The time until the bucket is full again, if no permit is taken.</param>
public sealed record BucketState(int Remaining, TimeSpan FullIn)
{
    internal static BucketState From(Bucket bucket, TimeSpan fullIn) => new((int)((bucket.Period - fullIn) / bucket.Permit), fullIn);
}

/// <summary>The answer to a request for a permit.</summary>
/// <param name="Wait">The time until a permit is available; zero when one was granted.</param>
/// <param name="States">In the order of the buckets.</param>
public sealed record BucketResponse(TimeSpan Wait, IReadOnlyList<BucketState> States)
{
    public bool IsGranted => Wait == TimeSpan.Zero;
}

/// <summary>
/// Token buckets that all replicas share: one Redis script takes a permit from every bucket or from none, by the clock of Redis. A bucket
/// is one number, the time at which it is full again (the generic cell rate algorithm of ITU-T I.371); while Redis is unavailable each
/// process keeps its own buckets.
/// <para>
/// Concurrent requests of a process for one bucket share a call to Redis, and permits of a busy bucket are prefetched: at most a twentieth
/// of what is left, and unused ones are returned within two seconds. Limits stay exact, because every served request has a granted permit,
/// which is only used that much later. A request for several buckets calls Redis itself, and first returns the prefetched permits.
/// </para>
/// </summary>
public sealed class TokenBuckets : IDisposable
{
    /// <summary>A process prefetches at most one of this many parts of what is left; the script uses the same number.</summary>
    internal const int LeastShare = 20;

    private const int MaxOwnBuckets = 100_000;

    // In microseconds without an exponent: 53 bits are enough until the year 2255.
    private const string Script = """
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
        local wanted, ahead = tonumber(ARGV[1]), tonumber(ARGV[2])
        local full, left, wait = {}, nil, 1
        for i = 1, #KEYS do
            local permit, period, back = tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2])
            full[i] = math.max(tonumber(redis.call('GET', KEYS[i]) or '0') - back * permit, now)
            local has = math.max(math.floor((period - (full[i] - now)) / permit), 0)
            left = math.min(left or has, has)
        end
        local given = math.min(wanted, left)
        ahead = math.min(ahead, math.floor((left - given) / 20))
        local answer = {string.format('%.0f', given), string.format('%.0f', ahead), '0'}
        for i = 1, #KEYS do
            local permit, period, back = tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2])
            full[i] = full[i] + (given + ahead) * permit
            if full[i] > now and given + ahead + back > 0 then
                redis.call('SET', KEYS[i], string.format('%.0f', full[i]), 'PX', string.format('%.0f', math.ceil((full[i] - now) / 1000)))
            elseif full[i] == now and back > 0 then
                redis.call('DEL', KEYS[i])
            end
            wait = math.max(wait, full[i] + permit - period - now)
            answer[i + 3] = string.format('%.0f', full[i] - now)
        end
        answer[3] = string.format('%.0f', wait)
        return answer
        """;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly RedisCalls _redis;
    private readonly TimeProvider _clock;
    private readonly long _began;
    private readonly ITimer _sweep;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, BucketLease> _leases = [];
    private readonly Dictionary<string, long> _own = [];

    public TokenBuckets(RedisCalls redis, TimeProvider clock)
    {
        (_redis, _clock, _began) = (redis, clock, clock.GetTimestamp());
        _sweep = clock.CreateTimer(_ => ReleaseExpired(), state: null, SweepInterval, SweepInterval);
    }

    private TimeSpan Now => _clock.GetElapsedTime(_began);

    public Task<BucketResponse> TakeAsync(params IReadOnlyList<Bucket> buckets) =>
        buckets is [var one] ? TakeLeasedAsync(one) : TakeFromAllAsync(buckets);

    public void Dispose() => _sweep.Dispose();

    private Task<BucketResponse> TakeLeasedAsync(Bucket bucket)
    {
        BucketLease? lease;
        Task<BucketResponse> answer;
        bool beginsAsking;
        lock (_gate)
        {
            if (!_leases.TryGetValue(bucket.Key, out lease))
            {
                _leases[bucket.Key] = lease = new BucketLease(bucket);
            }

            (var taken, beginsAsking) = lease.TryTake(Now);
            if (taken is null)
            {
                (answer, beginsAsking) = lease.Wait();
            }
            else
            {
                answer = Task.FromResult(taken);
            }
        }

        if (beginsAsking)
        {
            _ = RequestPermitsAsync(lease); // never throws: failures are reported to the waiting requests
        }

        return answer;
    }

    private async Task RequestPermitsAsync(BucketLease lease)
    {
        while (NextRequest() is { } request)
        {
            try
            {
                var grant = await RunScriptAsync([lease.Bucket], request.Waiting.Count, request.Prefetch, [request.Returned]);
                lock (_gate)
                {
                    lease.ApplyGrant(request, grant, Now);
                }
            }
            catch (RedisUnavailableException)
            {
                foreach (var waiting in request.Waiting)
                {
                    waiting.SetResult(TakeLocally([lease.Bucket]));
                }
            }
#pragma warning disable CA1031 // waiting requests must get every failure
            catch (Exception e)
#pragma warning restore CA1031
            {
                foreach (var waiting in request.Waiting)
                {
                    waiting.TrySetException(e);
                }
            }
        }

        LeaseRequest? NextRequest()
        {
            lock (_gate)
            {
                return lease.NextRequest(Now);
            }
        }
    }

    private async Task<BucketResponse> TakeFromAllAsync(IReadOnlyList<Bucket> buckets)
    {
        int[] givenBack;
        lock (_gate)
        {
            givenBack = [.. buckets.Select(bucket => _leases.GetValueOrDefault(bucket.Key)?.Drain() ?? 0)];
        }

        try
        {
            var grant = await RunScriptAsync(buckets, wanted: 1, ahead: 0, givenBack);
            return new BucketResponse(grant.Given == 1 ? TimeSpan.Zero : grant.Wait, [.. buckets.Zip(grant.FullIn, BucketState.From)]);
        }
        catch (RedisUnavailableException)
        {
            return TakeLocally(buckets);
        }
    }

    // Removes leases that were not used for a while, and returns their permits.
    private void ReleaseExpired()
    {
        List<(Bucket Bucket, int Left)> back = [];
        lock (_gate)
        {
            var now = Now;
            foreach (var (key, lease) in _leases.Where(entry => entry.Value.IsExpired(now)).ToList())
            {
                _leases.Remove(key);
                if (lease.Drain() is > 0 and var left)
                {
                    back.Add((lease.Bucket, left));
                }
            }
        }

        foreach (var (bucket, left) in back)
        {
            _ = ReturnAsync(bucket, left);
        }
    }

    private async Task ReturnAsync(Bucket bucket, int permits)
    {
        try
        {
            await RunScriptAsync([bucket], wanted: 0, ahead: 0, [permits]);
        }
        catch (RedisUnavailableException)
        {
            // The permits are lost, and are refilled with time.
        }
    }

    private async Task<BucketGrant> RunScriptAsync(IReadOnlyList<Bucket> buckets, int wanted, int ahead, IReadOnlyList<int> givenBack)
    {
        var answer = (RedisResult[])
            (
                await _redis.RunAsync(database =>
                    database.ScriptEvaluateAsync(
                        Script,
                        [.. buckets.Select(bucket => (RedisKey)bucket.Key)],
                        [
                            wanted,
                            ahead,
                            .. buckets
                                .Zip(givenBack)
                                .SelectMany(asked =>
                                    new RedisValue[] { Microseconds(asked.First.Permit), Microseconds(asked.First.Period), asked.Second }
                                ),
                        ]
                    )
                )
            )!;
        return new BucketGrant(
            (int)answer[0],
            (int)answer[1],
            TimeSpan.FromMicroseconds((long)answer[2]),
            [.. answer.Skip(3).Select(full => TimeSpan.FromMicroseconds((long)full))]
        );
    }

    private BucketResponse TakeLocally(IReadOnlyList<Bucket> buckets)
    {
        lock (_own)
        {
            var now = Microseconds(_clock.GetUtcNow() - DateTimeOffset.UnixEpoch);
            if (_own.Count > MaxOwnBuckets)
            {
                foreach (var key in _own.OrderBy(bucket => bucket.Value).Take(MaxOwnBuckets / 2).Select(bucket => bucket.Key).ToList())
                {
                    _own.Remove(key); // full ones first
                }
            }

            var full = buckets.Select(bucket => Math.Max(_own.GetValueOrDefault(bucket.Key), now)).ToArray();
            var wait = buckets
                .Zip(full, (bucket, at) => at + Microseconds(bucket.Permit) - Microseconds(bucket.Period) - now)
                .Append(0)
                .Max();
            for (var i = 0; i < full.Length; i++)
            {
                if (wait == 0)
                {
                    _own[buckets[i].Key] = full[i] += Microseconds(buckets[i].Permit);
                }

                full[i] -= now;
            }

            return new BucketResponse(
                TimeSpan.FromMicroseconds(wait),
                [.. buckets.Zip(full, (bucket, fullIn) => BucketState.From(bucket, TimeSpan.FromMicroseconds(fullIn)))]
            );
        }
    }

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;
}

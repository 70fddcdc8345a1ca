using StackExchange.Redis;

namespace SaaS.Infrastructure.Redis;

/// <summary>A limit: so many permits at once, and the same number again spread over each period.</summary>
/// <param name="Key">Whose it is; the numbers belong to it, too: another limit is another bucket.</param>
public sealed record Bucket(string Key, int Permits, TimeSpan Period)
{
    /// <summary>What one permit takes to come back.</summary>
    internal TimeSpan Permit => TimeSpan.FromMicroseconds(Math.Max(1, Period.Ticks / TimeSpan.TicksPerMicrosecond / Permits));
}

/// <summary>How a bucket stands after it was asked.</summary>
/// <param name="Remaining">Permits that are left now.</param>
/// <param name="FullIn">When it is full again, if nobody takes any.</param>
public sealed record BucketState(int Remaining, TimeSpan FullIn)
{
    internal static BucketState Of(Bucket bucket, TimeSpan fullIn) => new((int)((bucket.Period - fullIn) / bucket.Permit), fullIn);
}

/// <summary>What came of asking for a permit.</summary>
/// <param name="Wait">When one more can be had; zero when it was given.</param>
/// <param name="States">In the order of the buckets.</param>
public sealed record BucketResponse(TimeSpan Wait, IReadOnlyList<BucketState> States)
{
    public bool IsGiven => Wait == TimeSpan.Zero;
}

/// <summary>
/// Token buckets that all replicas share, exact to the permit however many ask at once: one script in Redis decides, by
/// Redis's clock. A permit is taken from every bucket or from none. A bucket is one number, the moment at which it is
/// full again (the generic cell rate algorithm of ITU-T I.371). While Redis is away each process keeps buckets of its own.
/// <para>
/// Redis is not asked at every request. Those of one process that want a permit of the same bucket while it is being asked
/// wait, and the next question is for all of them; and of a bucket of which a caller uses much, the process takes some permits
/// ahead: never more than a twentieth of what is left, so that little of it is ever in the wrong replica, and none when
/// little is left. What is not used within a second or two goes back. So every request that is answered has a permit that
/// the bucket gave, and the sum over all replicas is never more than the limit; a permit may be used that much later than it was given.
/// A request that wants permits of several buckets asks for itself, and gives back first what the process has ahead of them.
/// </para>
/// </summary>
public sealed class TokenBuckets : IDisposable
{
    /// <summary>Of what is left in a bucket, one of so many parts may be ahead in one process; the script says the same.</summary>
    internal const int LeastShare = 20;

    private const int MaxOwnBuckets = 100_000;

    // Microseconds throughout, written without an exponent: 53 bits hold them until the year 2255.
    private const string Script =
        """
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
        _sweep = clock.CreateTimer(_ => Sweep(), state: null, SweepInterval, SweepInterval);
    }

    private TimeSpan Now => _clock.GetElapsedTime(_began);

    public Task<BucketResponse> TakeAsync(params IReadOnlyList<Bucket> buckets) => buckets is [var one] ? TakeLeasedAsync(one) : TakeFromAllAsync(buckets);

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
            _ = AskForAsync(lease); // ends by itself, and tells those who wait whatever becomes of it
        }

        return answer;
    }

    private async Task AskForAsync(BucketLease lease)
    {
        while (NextRequest() is { } request)
        {
            try
            {
                var grant = await AskAsync([lease.Bucket], request.Waiting.Count, request.Ahead, [request.GivenBack]);
                lock (_gate)
                {
                    lease.Settle(request, grant, Now);
                }
            }
            catch (RedisUnavailableException)
            {
                foreach (var waiting in request.Waiting)
                {
                    waiting.SetResult(TakeOwn([lease.Bucket]));
                }
            }
#pragma warning disable CA1031 // whoever waits has to hear of it, whatever it is
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
            var grant = await AskAsync(buckets, wanted: 1, ahead: 0, givenBack);
            return new BucketResponse(grant.Given == 1 ? TimeSpan.Zero : grant.Wait, [.. buckets.Zip(grant.FullIn, BucketState.Of)]);
        }
        catch (RedisUnavailableException)
        {
            return TakeOwn(buckets);
        }
    }

    // Forgets who has not asked for a while; what was taken ahead for them goes back.
    private void Sweep()
    {
        List<(Bucket Bucket, int Left)> back = [];
        lock (_gate)
        {
            var now = Now;
            foreach (var (key, lease) in _leases.Where(entry => entry.Value.IsOver(now)).ToList())
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
            _ = GiveBackAsync(bucket, left);
        }
    }

    private async Task GiveBackAsync(Bucket bucket, int permits)
    {
        try
        {
            await AskAsync([bucket], wanted: 0, ahead: 0, [permits]);
        }
        catch (RedisUnavailableException)
        {
            // Then they are lost, and come back with time as every permit does.
        }
    }

    private async Task<BucketGrant> AskAsync(IReadOnlyList<Bucket> buckets, int wanted, int ahead, IReadOnlyList<int> givenBack)
    {
        var answer = (RedisResult[])(await _redis.RunAsync(database => database.ScriptEvaluateAsync(
            Script,
            [.. buckets.Select(bucket => (RedisKey)bucket.Key)],
            [wanted, ahead, .. buckets.Zip(givenBack).SelectMany(asked => new RedisValue[] { Microseconds(asked.First.Permit), Microseconds(asked.First.Period), asked.Second })])))!;
        return new BucketGrant((int)answer[0], (int)answer[1], TimeSpan.FromMicroseconds((long)answer[2]), [.. answer.Skip(3).Select(full => TimeSpan.FromMicroseconds((long)full))]);
    }

    private BucketResponse TakeOwn(IReadOnlyList<Bucket> buckets)
    {
        lock (_own)
        {
            var now = Microseconds(_clock.GetUtcNow() - DateTimeOffset.UnixEpoch);
            if (_own.Count > MaxOwnBuckets)
            {
                foreach (var key in _own.OrderBy(bucket => bucket.Value).Take(MaxOwnBuckets / 2).Select(bucket => bucket.Key).ToList())
                {
                    _own.Remove(key); // those that are full already come first
                }
            }

            var full = buckets.Select(bucket => Math.Max(_own.GetValueOrDefault(bucket.Key), now)).ToArray();
            var wait = buckets.Zip(full, (bucket, at) => at + Microseconds(bucket.Permit) - Microseconds(bucket.Period) - now).Append(0).Max();
            for (var i = 0; i < full.Length; i++)
            {
                if (wait == 0)
                {
                    _own[buckets[i].Key] = full[i] += Microseconds(buckets[i].Permit);
                }

                full[i] -= now;
            }

            return new BucketResponse(TimeSpan.FromMicroseconds(wait), [.. buckets.Zip(full, (bucket, fullIn) => BucketState.Of(bucket, TimeSpan.FromMicroseconds(fullIn)))]);
        }
    }

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;
}

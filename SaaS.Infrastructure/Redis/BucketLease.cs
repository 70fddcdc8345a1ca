namespace SaaS.Infrastructure.Redis;

/// <summary>
/// The state of one bucket in this process: requests that wait for a permit, and unused prefetched permits. A frequent caller's bucket
/// prefetches what it uses in a tenth of a second, valid for one second; <see cref="TokenBuckets"/>, its only user, makes the calls.
/// </summary>
internal sealed class BucketLease(Bucket bucket)
{
    private const int MaxPrefetch = 100;
    private const int WorthAskingEarly = 10;

    private static readonly TimeSpan PrefetchWindow = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(1);

    private readonly List<TaskCompletionSource<BucketResponse>> _waiting = [];
    private TimeSpan? _askedAt;
    private TimeSpan _fullAt;
    private int _left;
    private int _taken;
    private int _used;
    private bool _isAsking;
    private bool _wantsMore;

    public Bucket Bucket => bucket;

    /// <summary>True when the prefetched permits have expired.</summary>
    public bool IsExpired(TimeSpan now) => !_isAsking && now - _askedAt >= Life;

    /// <returns>The answer, or null when no permit is prefetched; and whether the caller must begin a request for more.</returns>
    public (BucketResponse? Answer, bool BeginsAsking) TryTake(TimeSpan now)
    {
        if (_left == 0 || now - _askedAt >= Life)
        {
            return (null, false);
        }

        _left--;
        _used++;
        var begins = !_isAsking && _taken >= WorthAskingEarly && _left < _taken / 2;
        _isAsking |= begins;
        _wantsMore |= begins;
        return (new BucketResponse(TimeSpan.Zero, [StateAt(now)]), begins);
    }

    /// <returns>A task for the answer, and whether the caller must begin a request.</returns>
    public (Task<BucketResponse> Answer, bool BeginsAsking) Wait()
    {
        var answer = new TaskCompletionSource<BucketResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add(answer);
        var begins = !_isAsking;
        _isAsking = true;
        return (answer.Task, begins);
    }

    /// <returns>The next request to the bucket; null when nothing is wanted any more.</returns>
    public LeaseRequest? NextRequest(TimeSpan now)
    {
        // Serves requests that arrived while more permits were being requested.
        while (_waiting is [var first, ..] && TryTake(now).Answer is { } taken)
        {
            first.SetResult(taken);
            _waiting.RemoveAt(0);
        }

        if (_waiting.Count == 0 && !_wantsMore)
        {
            _isAsking = false;
            return null;
        }

        var isOver = now - _askedAt >= Life;
        var request = new LeaseRequest([.. _waiting], GetPrefetch(now), Returned: isOver ? Drain() : 0);
        _waiting.Clear();
        (_askedAt, _used, _wantsMore) = (now, 0, false);
        return request;
    }

    /// <summary>Removes the unused permits, to return them to the bucket.</summary>
    public int Drain()
    {
        var left = _left;
        _left = 0;
        return left;
    }

    /// <summary>Distributes the granted permits: to waiting requests first, the rest is prefetched.</summary>
    public void ApplyGrant(LeaseRequest request, BucketGrant grant, TimeSpan now)
    {
        (_fullAt, _taken) = (now + grant.FullIn[0], grant.Prefetch);
        _left += grant.Prefetch;
        _used += grant.Given;
        var states = new[] { StateAt(now) };
        for (var i = 0; i < request.Waiting.Count; i++)
        {
            request.Waiting[i].SetResult(new BucketResponse(i < grant.Given ? TimeSpan.Zero : grant.Wait, states));
        }
    }

    // At most twice the usage since the last request, so that two requests in a row do not count as a burst; and never more than the bucket
    // would grant to a new caller.
    private int GetPrefetch(TimeSpan now)
    {
        if (_askedAt is not { } last)
        {
            return 0;
        }

        var most = Math.Min(MaxPrefetch, StateAt(now).Remaining / TokenBuckets.LeastShare) - _left;
        return (int)Math.Max(0, Math.Min(Math.Min(most, 2 * _used), _used * PrefetchWindow / Max(now - last, TimeSpan.FromTicks(1))));
    }

    // Counts prefetched permits as if they were still in the bucket.
    private BucketState StateAt(TimeSpan now) => BucketState.From(bucket, Max(_fullAt - now - (_left * bucket.Permit), TimeSpan.Zero));

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}

/// <summary>A request of a lease to its bucket.</summary>
/// <param name="Waiting">The waiting requests, with one permit each.</param>
/// <param name="Prefetch">The number of permits to prefetch, if the bucket has plenty.</param>
/// <param name="Returned">The number of permits that are returned first.</param>
internal sealed record LeaseRequest(IReadOnlyList<TaskCompletionSource<BucketResponse>> Waiting, int Prefetch, int Returned);

/// <summary>The answer of the buckets.</summary>
/// <param name="Given">The number of granted permits of those that are needed now.</param>
/// <param name="Prefetch">The number of prefetched permits.</param>
/// <param name="Wait">The time until the next permit is available.</param>
/// <param name="FullIn">The time until each bucket is full again.</param>
internal sealed record BucketGrant(int Given, int Prefetch, TimeSpan Wait, IReadOnlyList<TimeSpan> FullIn);

namespace SaaS.Infrastructure.Redis;

/// <summary>
/// What one process has of one bucket: who waits for a permit, and the permits that were taken ahead and are not used yet.
/// A caller who is slow has none ahead; one who is quick has as many as he uses up in a tenth of a second, and more are asked for
/// before the last is used. They are good for a second after the bucket was last asked. It asks nobody and waits for
/// nothing: <see cref="TokenBuckets"/> does, and is its only user.
/// </summary>
internal sealed class BucketLease(Bucket bucket)
{
    private const int MostAhead = 100;
    private const int WorthAskingEarly = 10;

    private static readonly TimeSpan Reach = TimeSpan.FromMilliseconds(100);
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

    /// <summary>Nobody has asked for a while, so that whatever is left would be used too late.</summary>
    public bool IsOver(TimeSpan now) => !_isAsking && now - _askedAt >= Life;

    /// <returns>Null when there is no permit at hand; and whether somebody has to begin to ask for more.</returns>
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

    /// <returns>What comes of waiting, and whether somebody has to begin to ask.</returns>
    public (Task<BucketResponse> Answer, bool BeginsAsking) Wait()
    {
        var answer = new TaskCompletionSource<BucketResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add(answer);
        var begins = !_isAsking;
        _isAsking = true;
        return (answer.Task, begins);
    }

    /// <returns>What to ask the bucket for; null when there is nothing to ask for any more.</returns>
    public LeaseRequest? NextRequest(TimeSpan now)
    {
        // Who came while more was asked for, and found nothing.
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
        var request = new LeaseRequest([.. _waiting], AheadAt(now), GivenBack: isOver ? Drain() : 0);
        _waiting.Clear();
        (_askedAt, _used, _wantsMore) = (now, 0, false);
        return request;
    }

    /// <summary>Takes what is left out of the lease, to be given back.</summary>
    public int Drain()
    {
        var left = _left;
        _left = 0;
        return left;
    }

    /// <summary>Hands out what the bucket has given: to those who wait, and the rest to those who come.</summary>
    public void Settle(LeaseRequest request, BucketGrant grant, TimeSpan now)
    {
        (_fullAt, _taken) = (now + grant.FullIn[0], grant.Ahead);
        _left += grant.Ahead;
        _used += grant.Given;
        var states = new[] { StateAt(now) };
        for (var i = 0; i < request.Waiting.Count; i++)
        {
            request.Waiting[i].SetResult(new BucketResponse(i < grant.Given ? TimeSpan.Zero : grant.Wait, states));
        }
    }

    // Twice as many as were used since last time at the most, so that two requests in a row are not taken for a flood; and with
    // what is left no more than the bucket would give to who has nothing.
    private int AheadAt(TimeSpan now)
    {
        if (_askedAt is not { } last)
        {
            return 0;
        }

        var most = Math.Min(MostAhead, StateAt(now).Remaining / TokenBuckets.LeastShare) - _left;
        return (int)Math.Max(0, Math.Min(Math.Min(most, 2 * _used), _used * Reach / Max(now - last, TimeSpan.FromTicks(1))));
    }

    // As if what is at hand were still in the bucket: to whoever asks it is all the same.
    private BucketState StateAt(TimeSpan now) => BucketState.Of(bucket, Max(_fullAt - now - (_left * bucket.Permit), TimeSpan.Zero));

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}

/// <summary>What a lease asks its bucket for.</summary>
/// <param name="Waiting">One permit each.</param>
/// <param name="Ahead">How many more, if the bucket has plenty.</param>
/// <param name="GivenBack">How many the bucket gets back before.</param>
internal sealed record LeaseRequest(IReadOnlyList<TaskCompletionSource<BucketResponse>> Waiting, int Ahead, int GivenBack);

/// <summary>What buckets have given.</summary>
/// <param name="Given">How many of the permits that are wanted now.</param>
/// <param name="Ahead">How many beside them.</param>
/// <param name="Wait">When the next one can be had.</param>
/// <param name="FullIn">When each bucket is full again.</param>
internal sealed record BucketGrant(int Given, int Ahead, TimeSpan Wait, IReadOnlyList<TimeSpan> FullIn);

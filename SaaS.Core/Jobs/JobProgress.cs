namespace SaaS.Core.Jobs;

/// <summary>How far a run has come, for those who watch it.</summary>
internal sealed class JobProgress
{
    private int _done;

    /// <summary>The job counts what it does.</summary>
    public bool Counted { get; private set; }

    public int Total { get; private set; }

    public int Done => Volatile.Read(ref _done);

    /// <summary>So many items are to be dealt with, beside those that were announced before.</summary>
    public void Expect(int items) => (Total, Counted) = (Total + items, true);

    /// <summary>One more is dealt with, well or not.</summary>
    public void Advance() => Interlocked.Increment(ref _done);
}

namespace SaaS.Core.Jobs;

/// <summary>The progress of a run.</summary>
internal sealed class JobProgress
{
    private int _done;

    /// <summary>True when the job counts its items.</summary>
    public bool IsCounted { get; private set; }

    public int Total { get; private set; }

    public int Done => Volatile.Read(ref _done);

    /// <summary>Adds to the total number of items.</summary>
    public void AddTotal(int items) => (Total, IsCounted) = (Total + items, true);

    /// <summary>Counts an item as processed, whether it succeeded or failed.</summary>
    public void Advance() => Interlocked.Increment(ref _done);
}

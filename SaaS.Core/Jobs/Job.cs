namespace SaaS.Core.Jobs;

/// <summary>
/// A scheduled job. It must be idempotent, re-read its state from the database, and tolerate being stopped at any point.
/// </summary>
internal abstract class Job
{
    /// <summary>The progress of this run.</summary>
    public JobProgress Progress { get; } = new();

    /// <returns>A short description of the result, for the history.</returns>
    public abstract Task<string> RunAsync(CancellationToken ct);

    /// <summary>Processes items sequentially and continues after failures of single items.</summary>
    /// <param name="failed">Called for each failed item.</param>
    /// <returns>The number of failed items.</returns>
    protected async Task<int> ForEachAsync<T>(
        IReadOnlyCollection<T> items,
        Func<T, Task> work,
        Action<T, Exception> failed,
        CancellationToken ct
    )
    {
        var count = 0;
        Progress.AddTotal(items.Count);
        foreach (var item in items)
        {
            ct.ThrowIfCancellationRequested();
            try
            {
                await work(item);
            }
#pragma warning disable CA1031 // the failure of one item must not block the others
            catch (Exception e) when (!ct.IsCancellationRequested)
#pragma warning restore CA1031
            {
                count++;
                failed(item, e);
            }

            Progress.Advance();
        }

        return count;
    }
}

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

namespace SaaS.Core.Jobs;

/// <summary>
/// Something that happens at a time. It re-reads the truth, can run twice, and can be stopped at any point. It lives
/// beside the capability that it serves.
/// </summary>
internal abstract class Job
{
    /// <summary>How far this run has come.</summary>
    public JobProgress Progress { get; } = new();

    /// <returns>What it did, in a few words, for the history.</returns>
    public abstract Task<string> RunAsync(CancellationToken ct);

    /// <summary>Works through items one after the other: whatever is wrong with one of them, the others are worked on all the same.</summary>
    /// <param name="failed">Hears of each that failed.</param>
    /// <returns>How many failed.</returns>
    protected async Task<int> ForEachAsync<T>(IReadOnlyCollection<T> items, Func<T, Task> work, Action<T, Exception> failed, CancellationToken ct)
    {
        var count = 0;
        Progress.Expect(items.Count);
        foreach (var item in items)
        {
            ct.ThrowIfCancellationRequested();
            try
            {
                await work(item);
            }
#pragma warning disable CA1031 // one item's failure of whatever kind must not keep the others waiting
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

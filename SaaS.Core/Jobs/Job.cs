namespace SaaS.Core.Jobs;

/// <summary>
/// Something that happens at a time. It re-reads the truth, can run twice, and can be stopped at any point. It lives
/// beside the capability that it serves.
/// </summary>
internal abstract class Job
{
    /// <returns>What it did, in a few words, for the history.</returns>
    public abstract Task<string> RunAsync(CancellationToken ct);
}

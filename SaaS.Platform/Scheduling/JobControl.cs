using Quartz;

namespace SaaS.Platform.Scheduling;

/// <summary>
/// Steers jobs from any host. What it asks for stands in the store, and whichever scheduler is there does it, within some
/// seconds; while none is there, it waits.
/// </summary>
public sealed class JobControl(ISchedulerFactory schedulers)
{
    private const string RunId = "run_id";
    private const string RequestedBy = "requested_by";

    /// <summary>How the jobs stand in the store, by their names. One that no scheduler has stored yet is missing.</summary>
    public async Task<IReadOnlyDictionary<string, StoredJob>> ListAsync(CancellationToken ct)
    {
        var scheduler = await schedulers.GetScheduler(ct);
        var found = await scheduler.QueryTriggers(new TriggerQuery { Group = GroupMatcher<TriggerKey>.GroupEquals(StoredSchedules.Group), Take = PagedQuery.All }, ct);
        return found.Items.ToDictionary(trigger => trigger.Key.Name, trigger => new StoredJob(trigger.NextFireTimeUtc, trigger.State is TriggerState.Paused));
    }

    /// <summary>Lets a job run now, beside its schedule; while it runs already, after that.</summary>
    /// <returns>False when no scheduler has stored it.</returns>
    public async Task<bool> RunAsync(string name, JobRequest request, CancellationToken ct)
    {
        var scheduler = await schedulers.GetScheduler(ct);
        var job = new JobKey(name, StoredSchedules.Group);
        if (!await scheduler.Exists(job, ct))
        {
            return false;
        }

        await scheduler.TriggerJob(job, new JobDataMap { [RunId] = request.RunId.ToString(), [RequestedBy] = request.RequestedBy }, ct);
        return true;
    }

    /// <summary>Lets a job's schedule rest until it is resumed. A run that is under way goes on.</summary>
    public async Task PauseAsync(string name, CancellationToken ct) =>
        await (await schedulers.GetScheduler(ct)).PauseTrigger(new TriggerKey(name, StoredSchedules.Group), ct);

    /// <summary>Lets a job follow its schedule again. What fell due meanwhile is made up for by one run.</summary>
    public async Task ResumeAsync(string name, CancellationToken ct) =>
        await (await schedulers.GetScheduler(ct)).ResumeTrigger(new TriggerKey(name, StoredSchedules.Group), ct);

    internal static JobRequest? RequestIn(JobDataMap data) =>
        data.TryGetValue(RunId, out var id) && Guid.TryParse(id as string, out var runId) && data.TryGetValue(RequestedBy, out var by)
            ? new JobRequest(runId, by as string ?? "")
            : null;
}

/// <summary>A job as the store has it.</summary>
/// <param name="NextFireAt">When its schedule lets it run next (UTC).</param>
/// <param name="IsPaused">Its schedule rests.</param>
public sealed record StoredJob(DateTimeOffset? NextFireAt, bool IsPaused)
{
    /// <summary>Its time came that long ago, and no scheduler has begun.</summary>
    public bool IsOverdue(DateTimeOffset now, TimeSpan by) => !IsPaused && NextFireAt < now - by;
}

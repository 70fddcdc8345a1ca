using Quartz;

namespace SaaS.Infrastructure.Scheduling;

/// <summary>
/// Steers jobs from any host. What it asks for stands in the store, and whichever scheduler is there does it, within some
/// seconds; while none is there, it waits.
/// </summary>
public sealed class JobControl
{
    private const string RunId = "run_id";
    private const string RequestedBy = "requested_by";

    private readonly HostScheduler _scheduler;

    internal JobControl(HostScheduler scheduler) => _scheduler = scheduler;

    /// <summary>How the jobs stand in the store, by their names. One that no scheduler has stored yet is missing.</summary>
    public async Task<IReadOnlyDictionary<string, StoredJob>> ListAsync(CancellationToken ct)
    {
        var scheduler = await _scheduler.GetAsync(ct);
        var found = await scheduler.QueryTriggers(new TriggerQuery { Group = GroupMatcher<TriggerKey>.GroupEquals(StoredSchedules.Group), Take = PagedQuery.All }, ct);
        return found.Items.ToDictionary(trigger => trigger.Key.Name, trigger => new StoredJob(trigger.NextFireTimeUtc, trigger.State is TriggerState.Paused));
    }

    /// <summary>Lets a job run now, beside its schedule; while it runs already, after that.</summary>
    /// <returns>False when no scheduler has stored it.</returns>
    public async Task<bool> RunAsync(string name, JobRequest request, CancellationToken ct)
    {
        var scheduler = await _scheduler.GetAsync(ct);
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
        await (await _scheduler.GetAsync(ct)).PauseTrigger(new TriggerKey(name, StoredSchedules.Group), ct);

    /// <summary>Lets a job follow its schedule again. What fell due meanwhile is made up for by one run.</summary>
    public async Task ResumeAsync(string name, CancellationToken ct) =>
        await (await _scheduler.GetAsync(ct)).ResumeTrigger(new TriggerKey(name, StoredSchedules.Group), ct);

    /// <summary>The schedulers that fire jobs. One that was silent for so long that the others take over its work is not among them.</summary>
    public async Task<IReadOnlyList<SchedulerNode>> ListSchedulersAsync(CancellationToken ct)
    {
        // The node that asks is always in the list; it has not checked in where it fires nothing.
        var nodes = await (await _scheduler.GetAsync(ct)).QueryClusterNodes(ct);
        return [.. nodes
            .Where(node => node is { LastCheckInUtc: not null, State: not ClusterNodeState.Failed })
            .Select(node => new SchedulerNode(node.InstanceId, node.LastCheckInUtc!.Value, node.State is ClusterNodeState.Overdue))];
    }

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

/// <summary>A scheduler of the cluster.</summary>
/// <param name="Id">Its name there.</param>
/// <param name="LastSeenAt">When it last told that it is there (UTC).</param>
/// <param name="IsLate">It should have told again since.</param>
public sealed record SchedulerNode(string Id, DateTimeOffset LastSeenAt, bool IsLate);

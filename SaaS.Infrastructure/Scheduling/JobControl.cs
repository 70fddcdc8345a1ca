using Quartz;

namespace SaaS.Infrastructure.Scheduling;

/// <summary>
/// Controls jobs from any host. Requests are stored, and a scheduler executes them within seconds; without a running scheduler they wait.
/// </summary>
public sealed class JobControl
{
    private const string RunId = "run_id";
    private const string RequestedBy = "requested_by";

    private readonly HostScheduler _scheduler;

    internal JobControl(HostScheduler scheduler) => _scheduler = scheduler;

    /// <summary>Lists the stored jobs by name. A job that no scheduler has stored yet is missing.</summary>
    public async Task<IReadOnlyDictionary<string, StoredJob>> ListAsync(CancellationToken ct)
    {
        var scheduler = await _scheduler.GetAsync(ct);
        var found = await scheduler.QueryTriggers(
            new TriggerQuery { Group = GroupMatcher<TriggerKey>.GroupEquals(StoredSchedules.Group), Take = PagedQuery.All },
            ct
        );
        return found.Items.ToDictionary(
            trigger => trigger.Key.Name,
            trigger => new StoredJob(trigger.NextFireTimeUtc, trigger.State is TriggerState.Paused)
        );
    }

    /// <summary>Runs a job now, in addition to its schedule; if it is running already, after that run.</summary>
    /// <returns>False when the job is not stored.</returns>
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

    /// <summary>Pauses the schedule of a job. A run in progress continues.</summary>
    public async Task PauseAsync(string name, CancellationToken ct) =>
        await (await _scheduler.GetAsync(ct)).PauseTrigger(new TriggerKey(name, StoredSchedules.Group), ct);

    /// <summary>Resumes the schedule of a job. Missed firings are made up for by one run.</summary>
    public async Task ResumeAsync(string name, CancellationToken ct) =>
        await (await _scheduler.GetAsync(ct)).ResumeTrigger(new TriggerKey(name, StoredSchedules.Group), ct);

    /// <summary>Lists the schedulers that fire jobs, without those that are considered failed.</summary>
    public async Task<IReadOnlyList<SchedulerNode>> ListSchedulersAsync(CancellationToken ct)
    {
        // The asking node is always in the list, and has not checked in if it fires nothing.
        var nodes = await (await _scheduler.GetAsync(ct)).QueryClusterNodes(ct);
        return
        [
            .. nodes
                .Where(node => node is { LastCheckInUtc: not null, State: not ClusterNodeState.Failed })
                .Select(node => new SchedulerNode(node.InstanceId, node.LastCheckInUtc!.Value, node.State is ClusterNodeState.Overdue)),
        ];
    }

    internal static JobRequest? ParseRequest(JobDataMap data) =>
        data.TryGetValue(RunId, out var id) && Guid.TryParse(id as string, out var runId) && data.TryGetValue(RequestedBy, out var by)
            ? new JobRequest(runId, by as string ?? "")
            : null;
}

/// <summary>A job in the store.</summary>
/// <param name="NextFireAt">The next firing (UTC).</param>
/// <param name="IsPaused">True when the schedule is paused.</param>
public sealed record StoredJob(DateTimeOffset? NextFireAt, bool IsPaused)
{
    /// <summary>True when the job has been due for this long and has not been started.</summary>
    public bool IsOverdue(DateTimeOffset now, TimeSpan by) => !IsPaused && NextFireAt < now - by;
}

/// <summary>A scheduler of the cluster.</summary>
/// <param name="Id">The name of the node in the cluster.</param>
/// <param name="LastSeenAt">The last check-in (UTC).</param>
/// <param name="IsLate">True when a check-in is overdue.</param>
public sealed record SchedulerNode(string Id, DateTimeOffset LastSeenAt, bool IsLate);

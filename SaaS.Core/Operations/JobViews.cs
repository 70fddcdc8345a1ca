using System.Linq.Expressions;
using SaaS.Core.Http;
using SaaS.Core.Jobs;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Operations;

/// <summary>A job.</summary>
/// <param name="Name">Its name in the history and in the configuration.</param>
/// <param name="Description">What it does.</param>
/// <param name="Cron">When it runs: seconds, minutes, hours, day of month, month, day of week.</param>
/// <param name="TimeZone">Whose clock that is: UTC, or what is configured.</param>
/// <param name="IsPaused">Its schedule rests.</param>
/// <param name="NextRunAt">When its schedule lets it run next (UTC); null before a scheduler has started for the first time.</param>
/// <param name="LastRun">The run that began last; null when there was none yet.</param>
public sealed record JobView(string Name, string Description, string Cron, string TimeZone, bool IsPaused, DateTimeOffset? NextRunAt, JobRunView? LastRun)
{
    internal static JobView Of(JobSchedule schedule, StoredJob? stored, JobRunView? last) =>
        new(schedule.Name, schedule.Description, schedule.Cron, schedule.TimeZone.Id, stored?.IsPaused ?? false, stored?.NextFireAt, last);
}

/// <summary>One run of a job.</summary>
/// <param name="Id">The run's id.</param>
/// <param name="Job">The job's name.</param>
/// <param name="Outcome">waiting for a scheduler, running, succeeded, failed, cancelled, or cut_off: its host ended without a word.</param>
/// <param name="ScheduledAt">When it should have begun (UTC); for a run that makes up for one that was cut off, when that one should have.</param>
/// <param name="StartedAt">When it began (UTC); until then, when it was asked for.</param>
/// <param name="EndedAt">When it ended (UTC); null while it waits or runs, and when it was cut off.</param>
/// <param name="Result">What it did, or why it failed.</param>
/// <param name="ItemsDone">How many of its items are dealt with; null for a job that does not count.</param>
/// <param name="ItemsTotal">How many items there are.</param>
/// <param name="RequestedBy">Who wanted it then; null when it came on schedule.</param>
/// <param name="CancelRequestedBy">Who wanted it to stop.</param>
/// <param name="Host">The machine that it ran on; empty until it begins.</param>
/// <param name="TraceId">Under which its spans and log lines are found.</param>
public sealed record JobRunView(
    Guid Id, string Job, JobOutcome Outcome, DateTimeOffset? ScheduledAt, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string? Result, int? ItemsDone, int? ItemsTotal,
    string? RequestedBy, string? CancelRequestedBy, string Host, string? TraceId)
{
    internal static readonly Expression<Func<JobRun, JobRunView>> Projection = run => new JobRunView(
        run.Id, run.Job, run.Outcome, run.ScheduledAt, run.StartedAt, run.EndedAt, run.Result, run.ItemsDone, run.ItemsTotal, run.RequestedBy, run.CancelRequestedBy, run.Host, run.TraceId);
}

/// <summary>How runs of a job went, taken together.</summary>
/// <param name="SuccessRate">The share of those that ended well, from 0 to 1; null when none has ended yet.</param>
/// <param name="MedianSeconds">How long the middle one of them took (seconds).</param>
public sealed record JobStatistics(double? SuccessRate, double? MedianSeconds)
{
    internal static JobStatistics Of(IEnumerable<JobRunView> runs)
    {
        var ended = runs.Where(run => run.Outcome is not (JobOutcome.Waiting or JobOutcome.Running)).ToList();
        var seconds = ended.Where(run => run.EndedAt is not null).Select(run => (run.EndedAt!.Value - run.StartedAt).TotalSeconds).Order().ToList();
        return new JobStatistics(
            ended.Count == 0 ? null : (double)ended.Count(run => run.Outcome is JobOutcome.Succeeded) / ended.Count,
            seconds.Count == 0 ? null : seconds[seconds.Count / 2]);
    }
}

/// <summary>What the routes of jobs have in common.</summary>
internal static class AdministeredJobs
{
    public static readonly Problem NotFound = new(ProblemKind.NotFound, "NOT_FOUND", "There is no such job");

    public static JobSchedule? Find(this IEnumerable<JobSchedule> schedules, string name) => schedules.SingleOrDefault(schedule => schedule.Name == name);
}

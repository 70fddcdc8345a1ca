using System.Linq.Expressions;
using SaaS.Core.Http;
using SaaS.Core.Jobs;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Operations;

/// <summary>A job.</summary>
/// <param name="Name">The name in the history and the configuration.</param>
/// <param name="Description">The description of the job.</param>
/// <param name="Cron">The schedule: seconds, minutes, hours, day of month, month, day of week.</param>
/// <param name="TimeZone">The time zone of the schedule; UTC unless configured otherwise.</param>
/// <param name="IsPaused">True when the schedule is paused.</param>
/// <param name="NextRunAt">Next scheduled run (UTC); null before a scheduler has started for the first time.</param>
/// <param name="LastRun">The last run; null if there was none yet.</param>
public sealed record JobView(
    string Name,
    string Description,
    string Cron,
    string TimeZone,
    bool IsPaused,
    DateTimeOffset? NextRunAt,
    JobRunView? LastRun
)
{
    internal static JobView From(JobSchedule schedule, StoredJob? stored, JobRunView? last) =>
        new(schedule.Name, schedule.Description, schedule.Cron, schedule.TimeZone.Id, stored?.IsPaused ?? false, stored?.NextFireAt, last);
}

/// <summary>A run of a job.</summary>
/// <param name="Id">The id of the run.</param>
/// <param name="Job">The name of the job.</param>
/// <param name="Outcome">waiting (for a scheduler), running, succeeded, failed, cancelled or cut_off (its host crashed).</param>
/// <param name="ScheduledAt">Scheduled start (UTC); for the repetition of an interrupted run, the scheduled start of that run.</param>
/// <param name="StartedAt">Start (UTC); for a waiting run, the time of the request.</param>
/// <param name="EndedAt">End (UTC); null for waiting, running and interrupted runs.</param>
/// <param name="Result">The result or the error.</param>
/// <param name="ItemsDone">Number of processed items; null if the job does not count them.</param>
/// <param name="ItemsTotal">Total number of items; null if the job does not count them.</param>
/// <param name="RequestedBy">The actor that requested the run; null for a scheduled run.</param>
/// <param name="CancelRequestedBy">The actor that requested the cancellation.</param>
/// <param name="Host">The host of the run; empty until it starts.</param>
/// <param name="TraceId">The trace id, for spans and log lines.</param>
public sealed record JobRunView(
    Guid Id,
    string Job,
    JobOutcome Outcome,
    DateTimeOffset? ScheduledAt,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    string? Result,
    int? ItemsDone,
    int? ItemsTotal,
    string? RequestedBy,
    string? CancelRequestedBy,
    string Host,
    string? TraceId
)
{
    internal static readonly Expression<Func<JobRun, JobRunView>> Projection = run => new JobRunView(
        run.Id,
        run.Job,
        run.Outcome,
        run.ScheduledAt,
        run.StartedAt,
        run.EndedAt,
        run.Result,
        run.ItemsDone,
        run.ItemsTotal,
        run.RequestedBy,
        run.CancelRequestedBy,
        run.Host,
        run.TraceId
    );
}

/// <summary>Statistics of the runs of a job.</summary>
/// <param name="SuccessRate">The share of successful runs, from 0 to 1; null if none has ended yet.</param>
/// <param name="MedianSeconds">The median duration (seconds); null if none has ended yet.</param>
public sealed record JobStatistics(double? SuccessRate, double? MedianSeconds)
{
    internal static JobStatistics From(IEnumerable<JobRunView> runs)
    {
        var ended = runs.Where(run => run.Outcome is not (JobOutcome.Waiting or JobOutcome.Running)).ToList();
        var seconds = ended
            .Where(run => run.EndedAt is not null)
            .Select(run => (run.EndedAt!.Value - run.StartedAt).TotalSeconds)
            .Order()
            .ToList();
        return new JobStatistics(
            ended.Count == 0 ? null : (double)ended.Count(run => run.Outcome is JobOutcome.Succeeded) / ended.Count,
            seconds.Count == 0 ? null : seconds[seconds.Count / 2]
        );
    }
}

internal static class JobLookup
{
    public static readonly Problem NotFound = new(ProblemKind.NotFound, "NOT_FOUND", "There is no such job");

    public static JobSchedule? Find(this IEnumerable<JobSchedule> schedules, string name) =>
        schedules.SingleOrDefault(schedule => schedule.Name == name);
}

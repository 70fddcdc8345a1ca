using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Core.SchemaMigration;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>Reads the data of the jobs page.</summary>
internal sealed class JobBoard(
    ControlDbContext db,
    JobControl control,
    IEnumerable<JobSchedule> schedules,
    ListTenantMigrations migrations,
    IOptions<JobAlertOptions> alerts,
    TimeProvider clock
)
{
    /// <summary>The number of runs on the page of one job.</summary>
    public const int RunsOfOne = 50;

    private const int RunsOfEach = 20;
    private const int LatestFailures = 10;

    public async Task<Board> ReadAsync(CancellationToken ct)
    {
        var jobs = await ReadJobsAsync([.. schedules], RunsOfEach, ct);
        var running = await ReadRunningAsync(job: null, ct);
        var failures = await db
            .JobRuns.AsNoTracking()
            .Where(run => run.Outcome == JobOutcome.Failed || run.Outcome == JobOutcome.CutOff)
            .OrderByDescending(run => run.StartedAt)
            .Take(LatestFailures)
            .Select(JobRunView.Projection)
            .ToListAsync(ct);
        var schemas = await migrations.CountAsync(ct);
        var schedulers = await control.ListSchedulersAsync(ct);
        return new Board(
            jobs,
            running,
            failures,
            schemas.Behind + schemas.Migrating + schemas.Failed,
            schedulers.Count,
            await NameAsync(running, ct)
        );
    }

    /// <returns>Null if the job does not exist.</returns>
    public async Task<(BoardJob Job, IReadOnlyList<JobRunView> Running, People People)?> ReadAsync(string name, CancellationToken ct)
    {
        if (schedules.Find(name) is not { } schedule)
        {
            return null;
        }

        var job = (await ReadJobsAsync([schedule], RunsOfOne, ct))[0];
        return (job, await ReadRunningAsync(name, ct), await NameAsync(job.Latest, ct));
    }

    private async Task<List<BoardJob>> ReadJobsAsync(IReadOnlyList<JobSchedule> wanted, int each, CancellationToken ct)
    {
        var stored = await control.ListAsync(ct);
        var runs = await db.QueryLatestRuns(wanted.Select(schedule => schedule.Name), each).Select(JobRunView.Projection).ToListAsync(ct);
        var latest = runs.ToLookup(run => run.Job);
        var now = clock.GetUtcNow();
        return
        [
            .. wanted
                .Select(schedule =>
                    Describe(
                        schedule,
                        stored.GetValueOrDefault(schedule.Name),
                        [.. latest[schedule.Name].OrderByDescending(run => run.StartedAt)],
                        now
                    )
                )
                .OrderByDescending(job => job.NeedsAttention)
                .ThenBy(job => job.Job.Name, StringComparer.Ordinal),
        ];
    }

    private BoardJob Describe(JobSchedule schedule, StoredJob? stored, IReadOnlyList<JobRunView> latest, DateTimeOffset now)
    {
        var last = latest.FirstOrDefault(run => run.Outcome is not JobOutcome.Waiting);
        var state =
            last is { Outcome: JobOutcome.Running } ? JobCondition.Running
            : stored is { IsPaused: true } ? JobCondition.Paused
            : stored is not null && stored.IsOverdue(now, by: alerts.Value.OverdueAfter) ? JobCondition.Overdue
            : last is { Outcome: JobOutcome.Failed or JobOutcome.CutOff } ? JobCondition.Failing
            : JobCondition.Waiting;
        return new BoardJob(JobView.From(schedule, stored, last), state, JobStatistics.From(latest), latest);
    }

    private Task<List<JobRunView>> ReadRunningAsync(string? job, CancellationToken ct) =>
        db
            .JobRuns.AsNoTracking()
            .Where(run => (run.Outcome == JobOutcome.Running || run.Outcome == JobOutcome.Waiting) && (job == null || run.Job == job))
            .OrderBy(run => run.StartedAt)
            .Select(JobRunView.Projection)
            .ToListAsync(ct);

    private async Task<People> NameAsync(IReadOnlyList<JobRunView> runs, CancellationToken ct)
    {
        var actors = runs.SelectMany(run => new[] { run.RequestedBy, run.CancelRequestedBy }).OfType<string>().Distinct().ToList();
        var ids = actors.Select(Actor.ParseUserId).OfType<Guid>().ToList();
        var emails =
            ids.Count == 0
                ? []
                : await db
                    .Users.Where(user => ids.Contains(user.Id))
                    .ToDictionaryAsync(user => Actor.User(user.Id).Name, user => user.Email.Value, ct);
        return new People(emails);
    }
}

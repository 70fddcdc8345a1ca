using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Operations;

/// <summary>Runs, pauses, resumes and cancels jobs on behalf of an operator, and records it: for the API and for the jobs page.</summary>
internal sealed class JobCommands(IEnumerable<JobSchedule> schedules, JobControl control, ControlDbContext db, TimeProvider clock)
{
    public static readonly Problem SchedulerUnavailable = new(
        ProblemKind.Unavailable,
        "SCHEDULER_AWAY",
        "No scheduler has started yet that knows this job"
    );

    public static readonly Problem NotRunning = new(ProblemKind.Conflict, "NOT_RUNNING", "This run has ended");

    public async Task<Result<RequestedRun>> RunAsync(string name, Actor actor, CancellationToken ct)
    {
        if (schedules.Find(name) is null)
        {
            return JobLookup.NotFound;
        }

        // The audit entry is committed first: a recorded request without a run is harmless, a run without an entry is not.
        var request = new JobRequest(Guid.CreateVersion7(clock.GetUtcNow()), actor.Name);
        var run = new JobRun
        {
            Id = request.RunId,
            Job = name,
            Host = "",
            StartedAt = clock.GetUtcNow(),
            Outcome = JobOutcome.Waiting,
            RequestedBy = request.RequestedBy,
        };
        db.JobRuns.Add(run);
        db.Audit.Record(tenantId: null, actor, AuditAction.JobRunRequested, request.RunId, AuditDetails.Create("job", name));
        await db.SaveChangesAsync(ct);
        var isHandedOver = false;
        try
        {
            isHandedOver = await control.RunAsync(name, request, ct);
        }
        finally
        {
            if (!isHandedOver) // no scheduler would start it
            {
                db.JobRuns.Remove(run);
                await db.SaveChangesAsync(CancellationToken.None);
            }
        }

        return isHandedOver ? new RequestedRun(request.RunId) : SchedulerUnavailable;
    }

    /// <returns>A sentence that says what was done.</returns>
    public Task<Result<string>> PauseAsync(string name, Actor actor, CancellationToken ct) =>
        ChangeScheduleAsync(name, actor, AuditAction.JobPaused, control.PauseAsync, "Job paused", ct);

    /// <returns>A sentence that says what was done.</returns>
    public Task<Result<string>> ResumeAsync(string name, Actor actor, CancellationToken ct) =>
        ChangeScheduleAsync(name, actor, AuditAction.JobResumed, control.ResumeAsync, "Job resumed", ct);

    /// <returns>A sentence that says what was done.</returns>
    public async Task<Result<string>> CancelRunAsync(Guid runId, Actor actor, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var cancelled = await db
            .JobRuns.Where(run => run.Id == runId && run.Outcome == JobOutcome.Waiting)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(run => run.Outcome, JobOutcome.Cancelled)
                        .SetProperty(run => run.CancelRequestedBy, actor.Name)
                        .SetProperty(run => run.EndedAt, now)
                        .SetProperty(run => run.Result, "Cancelled before it started"),
                ct
            );
        var asked = await db
            .JobRuns.Where(run => run.Id == runId && run.Outcome == JobOutcome.Running)
            .ExecuteUpdateAsync(set => set.SetProperty(run => run.CancelRequestedBy, run => run.CancelRequestedBy ?? actor.Name), ct);
        if (asked + cancelled == 0)
        {
            return await db.JobRuns.AnyAsync(run => run.Id == runId, ct) ? NotRunning : ListJobRuns.NotFound;
        }

        var job = await db.JobRuns.Where(run => run.Id == runId).Select(run => run.Job).SingleAsync(ct);
        db.Audit.Record(tenantId: null, actor, AuditAction.JobCancelRequested, runId, AuditDetails.Create("job", job));
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return cancelled > 0 ? "Run cancelled" : "Cancellation requested";
    }

    private async Task<Result<string>> ChangeScheduleAsync(
        string name,
        Actor actor,
        PlatformAuditAction action,
        Func<string, CancellationToken, Task> changeAsync,
        string done,
        CancellationToken ct
    )
    {
        if (schedules.Find(name) is null)
        {
            return JobLookup.NotFound;
        }

        db.Audit.Record(tenantId: null, actor, action, NamedId.From(name), AuditDetails.Create("job", name));
        await db.SaveChangesAsync(ct);
        await changeAsync(name, ct);
        return done;
    }
}

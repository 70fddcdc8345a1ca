using System.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>
/// Reconciles the open alerts with the states of the jobs, and writes an event for each raised or ended alert. It works on stored runs, so
/// a check after a downtime misses nothing and a repeated check changes nothing.
/// </summary>
internal sealed class JobAlerts(
    ControlDbContext db,
    JobControl control,
    IEnumerable<JobSchedule> schedules,
    IOptions<JobAlertOptions> options,
    TimeProvider clock
)
{
    /// <returns>The open alerts.</returns>
    public async Task<IReadOnlyList<JobAlert>> ReconcileAsync(CancellationToken ct)
    {
        var stored = await control.ListAsync(ct);
        var open = await db.JobAlerts.AsNoTracking().Where(alert => alert.EndedAt == null).ToListAsync(ct);
        // Two more than needed, because the newest runs may be waiting or running.
        var latest = (
            await db.QueryLatestRuns(schedules.Select(schedule => schedule.Name), options.Value.FailuresInARow + 2).ToListAsync(ct)
        ).ToLookup(run => run.Job);
        foreach (var schedule in schedules)
        {
            JobRun[] runs = [.. latest[schedule.Name].OrderByDescending(run => run.StartedAt)];
            var last = Array.Find(runs, run => run.Outcome is not JobOutcome.Waiting);
            JobRun[] ended = [.. runs.Where(run => run.Outcome is not (JobOutcome.Waiting or JobOutcome.Running))];
            await ReconcileFailingAsync(schedule.Name, ended, open, ct);
            await ReconcileOverdueAsync(
                schedule.Name,
                stored.GetValueOrDefault(schedule.Name),
                isRunning: last is { Outcome: JobOutcome.Running },
                open,
                ct
            );
        }

        // Alerts of removed jobs are ended.
        foreach (var alert in open.ExceptBy(schedules.Select(schedule => schedule.Name), alert => alert.Job).ToList())
        {
            await EndAsync(alert, open, ct);
        }

        return open;
    }

    private async Task ReconcileFailingAsync(string job, IReadOnlyList<JobRun> ended, List<JobAlert> open, CancellationToken ct)
    {
        var alert = Find(open, job, JobAlertKind.Failing);
        var streak = ended
            .TakeWhile(run => run.Outcome is JobOutcome.Failed or JobOutcome.CutOff)
            .Take(options.Value.FailuresInARow)
            .ToList();
        if (alert is null && streak.Count == options.Value.FailuresInARow)
        {
            await RaiseAsync(job, JobAlertKind.Failing, streak[^1].StartedAt, streak[0].Result, open, ct);
        }
        else if (alert is not null && ended is [{ Outcome: JobOutcome.Succeeded }, ..])
        {
            await EndAsync(alert, open, ct);
        }
    }

    private async Task ReconcileOverdueAsync(string job, StoredJob? stored, bool isRunning, List<JobAlert> open, CancellationToken ct)
    {
        var alert = Find(open, job, JobAlertKind.Overdue);
        var overdue = !isRunning && stored is not null && stored.IsOverdue(clock.GetUtcNow(), by: options.Value.OverdueAfter);
        if (alert is null && overdue)
        {
            await RaiseAsync(job, JobAlertKind.Overdue, stored!.NextFireAt!.Value, detail: null, open, ct);
        }
        else if (alert is not null && !overdue)
        {
            await EndAsync(alert, open, ct);
        }
    }

    private async Task RaiseAsync(
        string job,
        JobAlertKind kind,
        DateTimeOffset since,
        string? detail,
        List<JobAlert> open,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        var alert = new JobAlert
        {
            Id = Guid.CreateVersion7(now),
            Job = job,
            Kind = kind,
            Since = since,
            RaisedAt = now,
            Detail = detail,
        };
        db.JobAlerts.Add(alert);
        db.Outbox.Add(new JobAlertRaised(alert.Id, job, FormatKind(kind), since), subject: alert.Id, tenantId: null);
        try
        {
            await db.SaveChangesAsync(ct);
            open.Add(alert);
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(JobAlert.Mapping.OneOpen))
        {
            // Another worker has raised the alert first.
        }

        db.ChangeTracker.Clear();
    }

    private async Task EndAsync(JobAlert alert, List<JobAlert> open, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (
            await db
                .JobAlerts.Where(row => row.Id == alert.Id && row.EndedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.EndedAt, now), ct) == 1
        )
        {
            db.Outbox.Add(new JobAlertEnded(alert.Id, alert.Job, FormatKind(alert.Kind)), subject: alert.Id, tenantId: null);
            await db.SaveChangesAsync(ct);
        }

        await transaction.CommitAsync(ct);
        db.ChangeTracker.Clear();
        open.Remove(alert);
    }

    private static JobAlert? Find(List<JobAlert> open, string job, JobAlertKind kind) =>
        open.Find(alert => alert.Job == job && alert.Kind == kind);

    private static string FormatKind(JobAlertKind kind) =>
        kind switch
        {
            JobAlertKind.Failing => "failing",
            JobAlertKind.Overdue => "overdue",
        };
}

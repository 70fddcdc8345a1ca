using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Npgsql;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Diagnostics;
using SaaS.Infrastructure.Postgres;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Jobs;

/// <summary>
/// Runs a job and records its outcome, including failures, timeouts, cancellations and shutdowns of the host. The progress of a
/// running job is stored in its row.
/// </summary>
internal sealed partial class JobRunner(
    ControlDbContext db,
    NpgsqlDataSource control,
    JobPings pings,
    TimeProvider clock,
    ILogger<JobRunner> logger
)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private static readonly Counter<long> Runs = SaaSDiagnostics.Meter.CreateCounter<long>(
        "saas.jobs.runs",
        "{run}",
        "Ended job runs by job and outcome"
    );
    private static readonly Histogram<double> Durations = SaaSDiagnostics.Meter.CreateHistogram<double>(
        "saas.jobs.duration",
        "s",
        "Duration of job runs"
    );

    public async Task RunAsync(string name, Job job, JobFiring firing, JobSettings settings, CancellationToken ct)
    {
        using var activity = SaaSDiagnostics.Activities.StartActivity($"job {name}");
        activity?.SetTag("saas.job.name", name);

        // A job never runs concurrently with itself, so an earlier run in state Running was interrupted by a crash of its host.
        await db
            .JobRuns.Where(earlier => earlier.Job == name && earlier.Outcome == JobOutcome.Running)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(earlier => earlier.Outcome, JobOutcome.CutOff).SetProperty(earlier => earlier.Result, "The host ended"),
                ct
            );

        if (await StartRunAsync(name, firing, ct) is not { } run)
        {
            return; // an operator has cancelled the request
        }

        Ping(JobPing.Start);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var timeLimit = new CancellationTokenSource(settings.TimeLimit, clock);
        using var late = timeLimit.Token.Register(stop.Cancel);
        using var done = new CancellationTokenSource();
        var watching = MonitorAsync(run.Id, job.Progress, stop, done.Token);
        try
        {
            var result = await job.RunAsync(stop.Token);
            await StopMonitoringAsync();
            await EndAsync(JobOutcome.Succeeded, result);
            LogSucceeded(name, result);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await StopMonitoringAsync();
            await EndAsync(JobOutcome.Cancelled, "The scheduler was stopping");
            throw; // the scheduler then fires the job again, on this host or another
        }
#pragma warning disable CA1031 // a failure is recorded in the history, and the next run retries
        catch (Exception e)
#pragma warning restore CA1031
        {
            var cancelledBy = await StopMonitoringAsync();
            await (
                e is OperationCanceledException && stop.IsCancellationRequested
                    ? timeLimit.IsCancellationRequested
                        ? EndAsync(JobOutcome.Failed, $"It took longer than {settings.TimeLimit}")
                        : EndAsync(JobOutcome.Cancelled, $"Cancelled by {cancelledBy}")
                    : EndAsync(JobOutcome.Failed, $"{e.GetType().Name}: {e.Message}")
            );
            LogFailed(e, name);
        }

        async Task<string?> StopMonitoringAsync()
        {
            await done.CancelAsync();
            return await watching;
        }

        async Task EndAsync(JobOutcome outcome, string result)
        {
            await StoreOutcomeAsync(run, outcome, result, job.Progress);
            if (outcome is JobOutcome.Failed)
            {
                activity?.SetStatus(ActivityStatusCode.Error);
            }

            Runs.Add(1, new("job", name), new("outcome", outcome.ToString().ToLowerInvariant()));
            Durations.Record((clock.GetUtcNow() - run.StartedAt).TotalSeconds, new KeyValuePair<string, object?>("job", name));
            if (outcome is JobOutcome.Succeeded or JobOutcome.Failed) // a cancelled run is not reported: it was requested or runs again
            {
                Ping(outcome is JobOutcome.Succeeded ? JobPing.Success : JobPing.Fail);
            }
        }

        void Ping(JobPing ping)
        {
            if (settings.PingUrl is { } check)
            {
                pings.Send(name, check, ping);
            }
        }
    }

    // The scheduler repeats an interrupted requested run under the same request id; the repetition gets a row of its own.
    private async Task<JobRun?> StartRunAsync(string name, JobFiring firing, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var earlier = firing.Request is { } request
            ? await db.JobRuns.AsNoTracking().SingleOrDefaultAsync(one => one.Id == request.RunId, ct)
            : null;
        var id = firing.Request is { } asked && earlier is null or { Outcome: JobOutcome.Waiting } ? asked.RunId : Guid.CreateVersion7(now);
        var run = new JobRun
        {
            Id = id,
            Job = name,
            Host = Environment.MachineName,
            ScheduledAt = firing.ScheduledAt,
            StartedAt = now,
            RequestedBy = firing.Request?.RequestedBy,
            TraceId = Activity.Current?.TraceId.ToHexString(),
        };
        if (earlier is { Outcome: JobOutcome.Cancelled, Host: "" })
        {
            return null;
        }

        if (earlier is { Outcome: JobOutcome.Waiting })
        {
            var updatedRows = await db
                .JobRuns.Where(waiting => waiting.Id == id && waiting.Outcome == JobOutcome.Waiting)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(waiting => waiting.Outcome, run.Outcome)
                            .SetProperty(waiting => waiting.Host, run.Host)
                            .SetProperty(waiting => waiting.ScheduledAt, run.ScheduledAt)
                            .SetProperty(waiting => waiting.StartedAt, run.StartedAt)
                            .SetProperty(waiting => waiting.TraceId, run.TraceId),
                    ct
                );
            return updatedRows == 1 ? run : null;
        }

        db.JobRuns.Add(run);
        await db.SaveChangesAsync(ct);
        return run;
    }

    /// <summary>Stores the progress of the run and stops it when a cancellation is requested.</summary>
    /// <returns>The actor that requested the cancellation; null if there was none.</returns>
    private async Task<string?> MonitorAsync(Guid runId, JobProgress progress, CancellationTokenSource stop, CancellationToken done)
    {
        while (true)
        {
            await Task.Delay(PollInterval, clock, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (done.IsCancellationRequested)
            {
                return null;
            }

            try
            {
                await using var command = control.CreateCommand(
                    "UPDATE job_runs SET items_done = $2, items_total = $3 WHERE id = $1 RETURNING cancel_requested_by"
                );
                command.Parameters.Add(new() { Value = runId });
                command.Parameters.Add(new NpgsqlParameter<int?> { TypedValue = progress.IsCounted ? progress.Done : null });
                command.Parameters.Add(new NpgsqlParameter<int?> { TypedValue = progress.IsCounted ? progress.Total : null });
                if (await command.ExecuteScalarAsync(CancellationToken.None) is string cancelledBy)
                {
                    await stop.CancelAsync();
                    return cancelledBy;
                }
            }
            catch (Exception e) when (PostgresFailures.IsServerFailure(e))
            {
                LogProgressNotStored(e, runId); // if PostgreSQL is unavailable, the job itself fails
            }
        }
    }

    private async Task StoreOutcomeAsync(JobRun run, JobOutcome outcome, string result, JobProgress progress)
    {
        db.ChangeTracker.Clear(); // unsaved changes of the job must not be saved with its outcome
        int? itemsDone = progress.IsCounted ? progress.Done : null;
        int? itemsTotal = progress.IsCounted ? progress.Total : null;
        var now = clock.GetUtcNow();
        await db
            .JobRuns.Where(stored => stored.Id == run.Id)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(stored => stored.Outcome, outcome)
                        .SetProperty(stored => stored.Result, result)
                        .SetProperty(stored => stored.EndedAt, now)
                        .SetProperty(stored => stored.ItemsDone, itemsDone)
                        .SetProperty(stored => stored.ItemsTotal, itemsTotal),
                CancellationToken.None
            );
    }

    [LoggerMessage(EventId = 3101, Level = LogLevel.Debug, Message = "Job {Job} succeeded: {Result}")]
    private partial void LogSucceeded(string job, string result);

    [LoggerMessage(EventId = 3102, Level = LogLevel.Error, Message = "Job {Job} failed or was cancelled")]
    private partial void LogFailed(Exception exception, string job);

    [LoggerMessage(
        EventId = 3103,
        Level = LogLevel.Warning,
        Message = "The progress of job run {RunId} could not be stored; it is retried"
    )]
    private partial void LogProgressNotStored(Exception exception, Guid runId);
}

/// <summary>The configured settings of one job.</summary>
/// <param name="TimeLimit">The maximum duration of a run.</param>
/// <param name="PingUrl">The URL of a cron monitor that is pinged on each run; null for none.</param>
internal sealed record JobSettings(TimeSpan TimeLimit, Uri? PingUrl);

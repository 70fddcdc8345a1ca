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
/// Runs a job and writes down how it went, also when it fails, takes too long, is cancelled by an operator, and when the
/// host stops. While it runs, its row tells how far it has come.
/// </summary>
internal sealed partial class JobRunner(ControlDbContext db, NpgsqlDataSource control, JobPings pings, TimeProvider clock, ILogger<JobRunner> logger)
{
    private static readonly TimeSpan Watch = TimeSpan.FromSeconds(1);

    private static readonly Counter<long> Runs = SaaSDiagnostics.Meter.CreateCounter<long>("saas.jobs.runs", "{run}", "Runs of jobs that have ended, by job and outcome");
    private static readonly Histogram<double> Durations = SaaSDiagnostics.Meter.CreateHistogram<double>("saas.jobs.duration", "s", "How long runs of jobs took");

    public async Task RunAsync(string name, Job job, JobFiring firing, JobSettings settings, CancellationToken ct)
    {
        using var activity = SaaSDiagnostics.Activities.StartActivity($"job {name}");
        activity?.SetTag("saas.job.name", name);

        // A job never runs beside itself: what still counts as running was cut off together with its host.
        await db.JobRuns
            .Where(earlier => earlier.Job == name && earlier.Outcome == JobOutcome.Running)
            .ExecuteUpdateAsync(set => set.SetProperty(earlier => earlier.Outcome, JobOutcome.CutOff).SetProperty(earlier => earlier.Result, "The host ended"), ct);

        if (await BeginAsync(name, firing, ct) is not { } run)
        {
            return; // an operator has thought better of it
        }

        Ping(JobPing.Start);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var timeLimit = new CancellationTokenSource(settings.Limit, clock);
        using var late = timeLimit.Token.Register(stop.Cancel);
        using var done = new CancellationTokenSource();
        var watching = WatchAsync(run.Id, job.Progress, stop, done.Token);
        try
        {
            var result = await job.RunAsync(stop.Token);
            await EndWatchAsync();
            await EndAsync(JobOutcome.Succeeded, result);
            LogSucceeded(name, result);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await EndWatchAsync();
            await EndAsync(JobOutcome.Cancelled, "The scheduler was stopping");
            throw; // tells the scheduler that the work is not done: it fires it again, here or elsewhere
        }
#pragma warning disable CA1031 // any failure of a job is a line in its history, and the next run tries again
        catch (Exception e)
#pragma warning restore CA1031
        {
            var cancelledBy = await EndWatchAsync();
            await (e is OperationCanceledException && stop.IsCancellationRequested
                ? timeLimit.IsCancellationRequested
                    ? EndAsync(JobOutcome.Failed, $"It took longer than {settings.Limit}")
                    : EndAsync(JobOutcome.Cancelled, $"Cancelled by {cancelledBy}")
                : EndAsync(JobOutcome.Failed, $"{e.GetType().Name}: {e.Message}"));
            LogFailed(e, name);
        }

        async Task<string?> EndWatchAsync()
        {
            await done.CancelAsync();
            return await watching;
        }

        async Task EndAsync(JobOutcome outcome, string result)
        {
            await WriteAsync(run, outcome, result, job.Progress);
            if (outcome is JobOutcome.Failed)
            {
                activity?.SetStatus(ActivityStatusCode.Error);
            }

            Runs.Add(1, new("job", name), new("outcome", outcome.ToString().ToLowerInvariant()));
            Durations.Record((clock.GetUtcNow() - run.StartedAt).TotalSeconds, new KeyValuePair<string, object?>("job", name));
            if (outcome is JobOutcome.Succeeded or JobOutcome.Failed) // of one that was stopped, whoever stopped it knows; it comes again
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

    // A run that was asked for and cut off is asked for again under the same id: the second time is a row of its own.
    private async Task<JobRun?> BeginAsync(string name, JobFiring firing, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var earlier = firing.Request is { } request
            ? await db.JobRuns.AsNoTracking().SingleOrDefaultAsync(one => one.Id == request.RunId, ct)
            : null;
        var id = firing.Request is { } asked && earlier is null or { Outcome: JobOutcome.Waiting } ? asked.RunId : Guid.CreateVersion7(now);
        var run = new JobRun { Id = id, Job = name, Host = Environment.MachineName, ScheduledAt = firing.ScheduledAt, StartedAt = now, RequestedBy = firing.Request?.RequestedBy, TraceId = Activity.Current?.TraceId.ToHexString() };
        if (earlier is { Outcome: JobOutcome.Cancelled, Host: "" })
        {
            return null;
        }

        if (earlier is { Outcome: JobOutcome.Waiting })
        {
            var began = await db.JobRuns.Where(waiting => waiting.Id == id && waiting.Outcome == JobOutcome.Waiting).ExecuteUpdateAsync(
                set => set
                    .SetProperty(waiting => waiting.Outcome, run.Outcome)
                    .SetProperty(waiting => waiting.Host, run.Host)
                    .SetProperty(waiting => waiting.ScheduledAt, run.ScheduledAt)
                    .SetProperty(waiting => waiting.StartedAt, run.StartedAt)
                    .SetProperty(waiting => waiting.TraceId, run.TraceId),
                ct);
            return began == 1 ? run : null;
        }

        db.JobRuns.Add(run);
        await db.SaveChangesAsync(ct);
        return run;
    }

    /// <summary>Tells how far the run has come, and stops it when somebody asks for that.</summary>
    /// <returns>Who did.</returns>
    private async Task<string?> WatchAsync(Guid runId, JobProgress progress, CancellationTokenSource stop, CancellationToken done)
    {
        while (true)
        {
            await Task.Delay(Watch, clock, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (done.IsCancellationRequested)
            {
                return null;
            }

            try
            {
                await using var command = control.CreateCommand("UPDATE job_runs SET items_done = $2, items_total = $3 WHERE id = $1 RETURNING cancel_requested_by");
                command.Parameters.Add(new() { Value = runId });
                command.Parameters.Add(new NpgsqlParameter<int?> { TypedValue = progress.Counted ? progress.Done : null });
                command.Parameters.Add(new NpgsqlParameter<int?> { TypedValue = progress.Counted ? progress.Total : null });
                if (await command.ExecuteScalarAsync(CancellationToken.None) is string cancelledBy)
                {
                    await stop.CancelAsync();
                    return cancelledBy;
                }
            }
            catch (Exception e) when (PostgresFailures.IsOfServer(e))
            {
                LogNotWatched(e, runId); // the job itself finds out whether PostgreSQL is away
            }
        }
    }

    private async Task WriteAsync(JobRun run, JobOutcome outcome, string result, JobProgress progress)
    {
        db.ChangeTracker.Clear(); // what the job changed and did not save is not for the history to save
        int? itemsDone = progress.Counted ? progress.Done : null;
        int? itemsTotal = progress.Counted ? progress.Total : null;
        var now = clock.GetUtcNow();
        await db.JobRuns.Where(stored => stored.Id == run.Id).ExecuteUpdateAsync(
            set => set
                .SetProperty(stored => stored.Outcome, outcome)
                .SetProperty(stored => stored.Result, result)
                .SetProperty(stored => stored.EndedAt, now)
                .SetProperty(stored => stored.ItemsDone, itemsDone)
                .SetProperty(stored => stored.ItemsTotal, itemsTotal),
            CancellationToken.None);
    }

    [LoggerMessage(EventId = 3101, Level = LogLevel.Debug, Message = "Job {Job} ran: {Result}")]
    private partial void LogSucceeded(string job, string result);

    [LoggerMessage(EventId = 3102, Level = LogLevel.Error, Message = "Job {Job} did not end well")]
    private partial void LogFailed(Exception exception, string job);

    [LoggerMessage(EventId = 3103, Level = LogLevel.Warning, Message = "The run {RunId} of a job could not be watched for a moment")]
    private partial void LogNotWatched(Exception exception, Guid runId);
}

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using SaaS.Core.Databases;

namespace SaaS.Core.Jobs;

/// <summary>Runs a job and writes down how it went, also when it fails and when the host stops.</summary>
internal sealed partial class JobRunner(ControlDb db, TimeProvider clock, ILogger<JobRunner> logger)
{
    public async Task RunAsync(string name, Job job, CancellationToken ct)
    {
        // A job never runs beside itself: what still counts as running was cut off together with its host.
        await db.JobRuns
            .Where(earlier => earlier.Job == name && earlier.Outcome == JobOutcome.Running)
            .ExecuteUpdateAsync(set => set.SetProperty(earlier => earlier.Outcome, JobOutcome.CutOff).SetProperty(earlier => earlier.Result, "The host ended"), ct);

        var run = new JobRun { Id = Guid.CreateVersion7(clock.GetUtcNow()), Job = name, Host = Environment.MachineName, StartedAt = clock.GetUtcNow() };
        db.JobRuns.Add(run);
        await db.SaveChangesAsync(ct);

        try
        {
            var result = await job.RunAsync(ct);
            await WriteAsync(run, JobOutcome.Succeeded, result);
            LogSucceeded(name, result);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await WriteAsync(run, JobOutcome.Cancelled, "The scheduler was stopping");
            throw; // tells the scheduler that the work is not done: it fires it again, here or elsewhere
        }
#pragma warning disable CA1031 // any failure of a job is a line in its history, and the next run tries again
        catch (Exception e)
#pragma warning restore CA1031
        {
            await WriteAsync(run, JobOutcome.Failed, $"{e.GetType().Name}: {e.Message}");
            LogFailed(e, name);
        }
    }

    private async Task WriteAsync(JobRun run, JobOutcome outcome, string result)
    {
        // What the job changed and did not save is not for the history to save.
        db.ChangeTracker.Clear();
        run.End(outcome, result, clock.GetUtcNow());
        db.JobRuns.Update(run);
        await db.SaveChangesAsync(CancellationToken.None);
    }

    [LoggerMessage(EventId = 3101, Level = LogLevel.Debug, Message = "Job {Job} ran: {Result}")]
    private partial void LogSucceeded(string job, string result);

    [LoggerMessage(EventId = 3102, Level = LogLevel.Error, Message = "Job {Job} failed")]
    private partial void LogFailed(Exception exception, string job);
}

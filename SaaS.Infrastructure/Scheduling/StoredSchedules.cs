using System.Text.RegularExpressions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Quartz;
using SaaS.Infrastructure.Postgres;
using SaaS.Infrastructure.Resilience;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Scheduling;

/// <summary>
/// Stores the declared schedules, and then fires jobs while the host runs. An unchanged trigger is left as it is, so that it stays paused
/// and keeps a missed firing; an unavailable store does not stop the start, because the readiness probe reports it.
/// </summary>
internal sealed partial class StoredSchedules(
    HostScheduler host,
    IHostApplicationLifetime lifetime,
    IEnumerable<JobSchedule> schedules,
    TimeProvider clock,
    ILogger<StoredSchedules> logger
) : IHostedLifecycleService
{
    /// <summary>Jobs of other groups are not managed here.</summary>
    internal const string Group = "schedules";

    private const int Refused = 1; // the exit code

    /// <summary>The longest time that an unavailable store delays the start of the host.</summary>
    private static readonly TimeSpan FirstAttempt = TimeSpan.FromSeconds(1);

    private readonly JobSchedule[] _schedules = [.. schedules];
    private readonly Lock _gate = new();
    private Task _starting = Task.CompletedTask;
    private Task? _ending;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (var schedule in _schedules)
        {
            if (ValidateCron(schedule.Cron) is { } fault)
            {
                throw new InvalidSettingsException($"The job '{schedule.Name}' has an invalid cron expression '{schedule.Cron}': {fault}");
            }
        }

        return _schedules.CountBy(schedule => schedule.Name).FirstOrDefault(name => name.Value > 1).Key is { } twice
            ? throw new InvalidOperationException($"Two jobs have the name '{twice}'.")
            : Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // The host counts as started when the scheduler fires: a readiness check before that would be kept, and delay the start by its age.
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        _starting = StartAsSoonAsPossibleAsync(lifetime.ApplicationStopping);
        await Task.WhenAny(_starting, Task.Delay(FirstAttempt, clock, cancellationToken));
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Task ending;
        lock (_gate)
        {
            ending = _ending ??= EndAsync(cancellationToken); // a second stop waits for the first one
        }

        try
        {
            await ending.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The timeout is over, and Quartz may try forever to release a trigger: another scheduler takes it over, as after a crash.
        }
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task EndAsync(CancellationToken ct)
    {
        await _starting;
        if (host.Current is { } scheduler)
        {
            await scheduler.Shutdown(waitForJobsToComplete: true, ct);
        }
    }

    private async Task StartAsSoonAsPossibleAsync(CancellationToken stopping)
    {
        try
        {
            await BackgroundRetry.RunAsync(
                StartSchedulerAsync,
                IsTransient,
                onRetry: (e, delay) => LogNotStarted(e.GetBaseException().Message, (int)delay.TotalSeconds),
                clock,
                stopping
            );
        }
        // Quartz wraps the OperationCanceledException
        catch (Exception e) when (stopping.IsCancellationRequested && e is (OperationCanceledException or SchedulerException))
        {
            // Stopped before it began to fire.
        }
    }

    private async Task StartSchedulerAsync(CancellationToken stopping)
    {
        try
        {
            var scheduler = await host.GetAsync(stopping);
            await StoreAsync(scheduler, stopping);
            await scheduler.Start(CancellationToken.None); // ends by Shutdown
        }
        catch (SchedulerException e) when (!stopping.IsCancellationRequested && !IsTransient(e))
        {
            LogStoreMismatch(e);
            Environment.ExitCode = Refused;
            lifetime.StopApplication();
        }
    }

    // Without a scheduler the failure is that of its configuration, which a retry does not repair.
    private bool IsTransient(Exception e) => PostgresFailures.IsServerFailure(e) || (e is SchedulerException && host.Current is not null);

    private async Task StoreAsync(IScheduler scheduler, CancellationToken ct)
    {
        // One host at a time: a second host that read before the first one wrote would write the trigger again, and a firing that the first
        // one has done meanwhile would be due once more.
        await using var connection = await host.OpenStoreAsync(ct);
        await using var alone = await AdvisoryLock.AcquireByPollingAsync(connection, "job-schedules", clock, ct);

        List<string> changed = [];
        foreach (var schedule in _schedules)
        {
            if (await StoreAsync(scheduler, schedule, ct))
            {
                changed.Add($"{schedule.Name} ({schedule.Cron})");
            }
        }

        if (changed.Count > 0)
        {
            LogScheduled(changed); // one line, also at the first start of an installation, when all jobs are new
        }

        var stored = await scheduler.GetJobKeys(GroupMatcher<JobKey>.GroupEquals(Group), ct);
        foreach (var job in stored.ExceptBy(_schedules.Select(schedule => schedule.Name), key => key.Name))
        {
            await RemoveAsync(scheduler, job, ct);
        }
    }

    private string? ValidateCron(string cron)
    {
        if (QuartzMarkers.IsMatch(cron))
        {
            return "98 and 99 are out of range.";
        }

        try
        {
            return CronExpression.Parse(cron).GetNextValidTimeAfter(clock.GetUtcNow()) is null ? "it never fires." : null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    /// <returns>True when the job is new to the store, or its schedule changed.</returns>
    private async Task<bool> StoreAsync(IScheduler scheduler, JobSchedule schedule, CancellationToken ct)
    {
        var job = JobBuilder
            .Create<DispatchJob>()
            .WithIdentity(schedule.Name, Group)
            .WithDescription(schedule.Description)
            .StoreDurably()
            .RequestRecovery()
            .Build();
        await scheduler.AddJob(job, AddJobOptions.Replacing, ct);

        var trigger = (ICronTrigger)
            TriggerBuilder
                .Create(clock)
                .WithIdentity(schedule.Name, Group)
                .ForJob(job)
                .WithSchedule(
                    CronScheduleBuilder
                        .Create(schedule.Cron)
                        .InTimeZone(schedule.TimeZone)
                        .WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed)
                )
                .Build();
        var state = await scheduler.GetTriggerState(trigger.Key, ct);
        if (state is not TriggerState.Error && IsSame(await scheduler.GetTrigger(trigger.Key, ct), trigger))
        {
            return false;
        }

        await scheduler.ScheduleJob(trigger, new ScheduleJobOptions { Replace = true, Paused = state is TriggerState.Paused }, ct);
        return true;
    }

    private async Task RemoveAsync(IScheduler scheduler, JobKey job, CancellationToken ct)
    {
        try
        {
            await scheduler.DeleteJob(job, ct);
            LogRemoved(job.Name);
        }
        catch (SchedulerException e)
        {
            // Another host removed it first, or one of its runs ended meanwhile. The rest does nothing, and is removed at the next start.
            LogNotRemoved(job.Name, e.Message);
        }
    }

    private static bool IsSame(ITrigger? stored, ICronTrigger declared) =>
        stored is ICronTrigger cron
        && cron.CronExpressionString == declared.CronExpressionString
        && cron.TimeZone.Id == declared.TimeZone.Id
        && cron.MisfireInstruction == declared.MisfireInstruction;

    // Quartz 4.7.3 accepts its own markers for "none" and "all" as numbers: hour 99 would silently mean every hour.
    [GeneratedRegex(@"\b9[89]\b")]
    private static partial Regex QuartzMarkers { get; }

    [LoggerMessage(EventId = 1604, Level = LogLevel.Warning, Message = "The job store is unavailable: {Reason}; retrying in {Seconds} s")]
    private partial void LogNotStarted(string reason, int seconds);

    [LoggerMessage(
        EventId = 1605,
        Level = LogLevel.Critical,
        Message = "The job store does not match this build; the host stops and must be started again"
    )]
    private partial void LogStoreMismatch(Exception exception);

    [LoggerMessage(EventId = 1601, Level = LogLevel.Information, Message = "Stored new schedules: {Jobs}")]
    private partial void LogScheduled(IEnumerable<string> jobs);

    [LoggerMessage(EventId = 1602, Level = LogLevel.Information, Message = "Job {Job} is no longer declared and was removed")]
    private partial void LogRemoved(string job);

    [LoggerMessage(
        EventId = 1603,
        Level = LogLevel.Information,
        Message = "Job {Job} is no longer declared, but could not be removed: {Reason}"
    )]
    private partial void LogNotRemoved(string job, string reason);
}

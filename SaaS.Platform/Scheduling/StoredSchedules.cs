using System.Text.RegularExpressions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Quartz;

namespace SaaS.Platform.Scheduling;

/// <summary>
/// Makes the store say what the code declares, after the scheduler exists and before it fires. A trigger whose schedule is
/// unchanged stays as it is: it remembers that it is paused, and the firing that fell due while no scheduler ran.
/// </summary>
internal sealed partial class StoredSchedules(
    IHostApplicationLifetime lifetime,
    IServiceProvider services,
    IOptionsMonitor<QuartzHostedServiceOptions> options,
    IEnumerable<JobSchedule> schedules,
    TimeProvider clock,
    ILogger<StoredSchedules> logger)
    : QuartzHostedService(lifetime, services, options)
{
    /// <summary>The jobs of other groups were not declared, and are left alone.</summary>
    internal const string Group = "schedules";

    private readonly JobSchedule[] _schedules = [.. schedules];

    public override Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (var schedule in _schedules)
        {
            if (FaultOf(schedule.Cron) is { } fault)
            {
                throw new InvalidOperationException($"The job '{schedule.Name}' has the wrong cron expression '{schedule.Cron}': {fault}");
            }
        }

        if (_schedules.CountBy(schedule => schedule.Name).FirstOrDefault(name => name.Value > 1).Key is { } twice)
        {
            throw new InvalidOperationException($"Two jobs have the name '{twice}'.");
        }

        return base.StartingAsync(cancellationToken);
    }

    public override async Task StartedAsync(CancellationToken cancellationToken)
    {
        var scheduler = Schedulers.Single();
        foreach (var schedule in _schedules)
        {
            await StoreAsync(scheduler, schedule, cancellationToken);
        }

        var stored = await scheduler.GetJobKeys(GroupMatcher<JobKey>.GroupEquals(Group), cancellationToken);
        foreach (var job in stored.ExceptBy(_schedules.Select(schedule => schedule.Name), key => key.Name))
        {
            await RemoveAsync(scheduler, job, cancellationToken);
        }

        await base.StartedAsync(cancellationToken);
    }

    private string? FaultOf(string cron)
    {
        if (QuartzMarkers.IsMatch(cron))
        {
            return "98 and 99 are out of range.";
        }

        try
        {
            return CronExpression.Parse(cron).GetNextValidTimeAfter(clock.GetUtcNow()) is null ? "this time never comes." : null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    private async Task StoreAsync(IScheduler scheduler, JobSchedule schedule, CancellationToken ct)
    {
        var job = JobBuilder.Create<DispatchJob>()
            .WithIdentity(schedule.Name, Group)
            .WithDescription(schedule.Description)
            .StoreDurably()
            .RequestRecovery()
            .Build();
        await scheduler.AddJob(job, AddJobOptions.Replacing, ct);

        var trigger = (ICronTrigger)TriggerBuilder.Create(clock)
            .WithIdentity(schedule.Name, Group)
            .ForJob(job)
            .WithSchedule(CronScheduleBuilder.Create(schedule.Cron)
                .InTimeZone(schedule.TimeZone)
                .WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed))
            .Build();
        var state = await scheduler.GetTriggerState(trigger.Key, ct);
        if (state is not TriggerState.Error && IsSame(await scheduler.GetTrigger(trigger.Key, ct), trigger))
        {
            return;
        }

        // The store decides under its lock, so two hosts that start together leave one trigger.
        await scheduler.ScheduleJob(trigger, new ScheduleJobOptions { Replace = true, Paused = state is TriggerState.Paused }, ct);
        LogScheduled(schedule.Name, schedule.Cron);
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
            // Another host removed it first, or a run of it ended meanwhile. What is left does nothing, and goes at the next start.
            LogNotRemoved(job.Name, e.Message);
        }
    }

    private static bool IsSame(ITrigger? stored, ICronTrigger declared) =>
        stored is ICronTrigger cron
        && cron.CronExpressionString == declared.CronExpressionString
        && cron.TimeZone.Id == declared.TimeZone.Id
        && cron.MisfireInstruction == declared.MisfireInstruction;

    // Quartz 4.7.3 takes its own markers for "none" and "all" as numbers: hour 99 would silently mean every hour.
    [GeneratedRegex(@"\b9[89]\b")]
    private static partial Regex QuartzMarkers { get; }

    [LoggerMessage(EventId = 1601, Level = LogLevel.Information, Message = "The job {Job} now runs at {Cron}")]
    private partial void LogScheduled(string job, string cron);

    [LoggerMessage(EventId = 1602, Level = LogLevel.Information, Message = "The job {Job} is no longer declared and was removed")]
    private partial void LogRemoved(string job);

    [LoggerMessage(EventId = 1603, Level = LogLevel.Information, Message = "The job {Job} is no longer declared, but was not removed here: {Reason}")]
    private partial void LogNotRemoved(string job, string reason);
}

using System.Globalization;
using Microsoft.Extensions.Logging;
using Quartz;

namespace SaaS.Infrastructure.Scheduling;

/// <summary>
/// The only job type of Quartz: runs the <see cref="JobSchedule"/> of the same name, in the scope that Quartz opens for each firing.
/// </summary>
[DisallowConcurrentExecution]
internal sealed partial class DispatchJob(IServiceProvider scope, IEnumerable<JobSchedule> schedules, ILogger<DispatchJob> logger) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var name = context.JobDetail.Key.Name;
        if (schedules.SingleOrDefault(schedule => schedule.Name == name) is not { } schedule)
        {
            LogUnknown(name); // during a deployment an old host can meet a job of a newer version
            return;
        }

        await schedule.Run(
            scope,
            new JobFiring(
                context.FireInstanceId,
                ScheduledAt(context),
                context.FireTimeUtc,
                context.Recovering,
                JobControl.ParseRequest(context.MergedJobDataMap)
            ),
            cancellationToken
        );
    }

    // The trigger of a recovery is scheduled at the start of the lost run; the original time is in its data, as "11/23/2026 23:26:46
    // +00:00".
    private static DateTimeOffset ScheduledAt(IJobExecutionContext context) =>
        context.Recovering
        && context.MergedJobDataMap.TryGetValue(SchedulerConstants.FailedJobOriginalTriggerScheduledFireTime, out var original)
        && DateTimeOffset.TryParse(original as string, CultureInfo.InvariantCulture, out var meant)
            ? meant
            : context.ScheduledFireTimeUtc ?? context.FireTimeUtc;

    [LoggerMessage(EventId = 1611, Level = LogLevel.Warning, Message = "Job {Job} is unknown to this version and was skipped")]
    private partial void LogUnknown(string job);
}

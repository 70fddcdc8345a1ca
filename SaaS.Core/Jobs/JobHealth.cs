using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Jobs;

/// <summary>A job and the outcome of its last run.</summary>
/// <param name="Description">The description of the job.</param>
/// <param name="Cron">The schedule: seconds, minutes, hours, day of month, month, day of week.</param>
/// <param name="TimeZone">The time zone of the schedule.</param>
/// <param name="LastStartedAt">Start of the last run (UTC); null if there was none yet.</param>
/// <param name="Outcome">Running, Succeeded, Failed, Cancelled or CutOff. Results and errors are shown to operators only, on the jobs
/// page.</param>
internal sealed record JobState(string Description, string Cron, string TimeZone, DateTimeOffset? LastStartedAt, string? Outcome);

internal static class JobHealth
{
    internal static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/health/jobs", Handle).AllowAnonymous();

    /// <summary>Lists all jobs with the outcome of their last run; served on the scheduler's own port, which is not public.</summary>
    internal static async Task<Ok<Dictionary<string, JobState>>> Handle(
        ControlDbContext db,
        IEnumerable<JobSchedule> schedules,
        CancellationToken ct
    )
    {
        var last = await db.QueryLatestRuns(schedules.Select(job => job.Name), each: 1).ToDictionaryAsync(run => run.Job, ct);
        return TypedResults.Ok(schedules.ToDictionary(job => job.Name, job => StateOf(job, last.GetValueOrDefault(job.Name))));
    }

    private static JobState StateOf(JobSchedule job, JobRun? last) =>
        new(job.Description, job.Cron, job.TimeZone.Id, last?.StartedAt, last?.Outcome.ToString());
}

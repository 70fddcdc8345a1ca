using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Jobs;

/// <summary>A job and how its last run went.</summary>
/// <param name="Description">What it does.</param>
/// <param name="Cron">When it runs: seconds, minutes, hours, day of month, month, day of week.</param>
/// <param name="TimeZone">Whose clock that is.</param>
/// <param name="LastStartedAt">When it last began (UTC); null when it has not run yet.</param>
/// <param name="Outcome">Running, Succeeded, Failed, Cancelled or CutOff. What it did or why it failed is for operators: the page of the jobs.</param>
internal sealed record JobState(string Description, string Cron, string TimeZone, DateTimeOffset? LastStartedAt, string? Outcome);

internal static class JobHealth
{
    internal static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/health/jobs", Handle).AllowAnonymous();

    /// <summary>Shows every job and how its last run went; on the scheduler's own port, which is not for the public.</summary>
    internal static async Task<Ok<Dictionary<string, JobState>>> Handle(ControlDbContext db, IEnumerable<JobSchedule> schedules, CancellationToken ct)
    {
        var last = await db.LatestOf(schedules.Select(job => job.Name), each: 1).ToDictionaryAsync(run => run.Job, ct);
        return TypedResults.Ok(schedules.ToDictionary(job => job.Name, job => StateOf(job, last.GetValueOrDefault(job.Name))));
    }

    private static JobState StateOf(JobSchedule job, JobRun? last) =>
        new(job.Description, job.Cron, job.TimeZone.Id, last?.StartedAt, last?.Outcome.ToString());
}

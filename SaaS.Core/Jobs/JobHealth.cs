using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Databases;
using SaaS.Platform.Scheduling;

namespace SaaS.Core.Jobs;

/// <summary>A job and how its last run went.</summary>
/// <param name="Description">What it does.</param>
/// <param name="Cron">When it runs (UTC).</param>
/// <param name="LastStartedAt">When it last began (UTC); null when it has not run yet.</param>
/// <param name="Outcome">Running, Succeeded, Failed, Cancelled or CutOff.</param>
/// <param name="Result">What it did, or why it failed.</param>
internal sealed record JobState(string Description, string Cron, DateTimeOffset? LastStartedAt, string? Outcome, string? Result);

internal static class JobHealth
{
    internal static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/health/jobs", Handle);

    /// <summary>Shows every job and how its last run went; on the scheduler's own port, which is not for the public.</summary>
    internal static async Task<Ok<Dictionary<string, JobState>>> Handle(ControlDb db, IEnumerable<JobSchedule> schedules, CancellationToken ct)
    {
        var states = new Dictionary<string, JobState>();
        foreach (var job in schedules)
        {
            var last = await db.JobRuns.AsNoTracking().Where(run => run.Job == job.Name).OrderByDescending(run => run.StartedAt).FirstOrDefaultAsync(ct);
            states[job.Name] = new JobState(job.Description, job.Cron, last?.StartedAt, last?.Outcome.ToString(), last?.Result);
        }

        return TypedResults.Ok(states);
    }
}

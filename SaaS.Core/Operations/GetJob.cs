using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Operations;

/// <summary>A job with its latest runs.</summary>
/// <param name="Job">The job.</param>
/// <param name="SuccessRate">The share of successful runs among the latest, from 0 to 1; null if none has ended yet.</param>
/// <param name="MedianSeconds">The median duration of these runs (seconds); null if none has ended yet.</param>
/// <param name="LatestRuns">Up to 50 runs, newest first.</param>
public sealed record JobDetails(JobView Job, double? SuccessRate, double? MedianSeconds, IReadOnlyList<JobRunView> LatestRuns);

internal static class GetJob
{
    private const int Latest = 50;

    internal static void Map(RouteGroupBuilder jobs) => jobs.MapGet("/{name}", Handle).ProducesProblem(JobLookup.NotFound);

    /// <summary>Gets a job with its latest runs.</summary>
    internal static async Task<Results<Ok<ApiResponse<JobDetails>>, ProblemResult>> Handle(
        string name,
        IEnumerable<JobSchedule> schedules,
        JobControl control,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        if (schedules.Find(name) is not { } schedule)
        {
            return JobLookup.NotFound.ToHttp();
        }

        var stored = await control.ListAsync(ct);
        var runs = await db
            .JobRuns.AsNoTracking()
            .Where(run => run.Job == name)
            .OrderByDescending(run => run.StartedAt)
            .Take(Latest)
            .Select(JobRunView.Projection)
            .ToListAsync(ct);
        var statistics = JobStatistics.From(runs);

        return ApiResponse.Ok(
            new JobDetails(
                JobView.From(schedule, stored.GetValueOrDefault(name), runs.FirstOrDefault()),
                statistics.SuccessRate,
                statistics.MedianSeconds,
                runs
            ),
            "Job retrieved"
        );
    }
}

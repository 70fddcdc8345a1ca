using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Operations;

/// <summary>All jobs.</summary>
/// <param name="Jobs">The jobs, ordered by name.</param>
public sealed record JobList(IReadOnlyList<JobView> Jobs);

internal static class ListJobs
{
    internal static void Map(RouteGroupBuilder jobs) => jobs.MapGet("", Handle);

    /// <summary>Lists all jobs with their next and last run.</summary>
    internal static async Task<Ok<ApiResponse<JobList>>> Handle(
        IEnumerable<JobSchedule> schedules,
        JobControl control,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        var stored = await control.ListAsync(ct);
        var last = await db.QueryLatestRuns(schedules.Select(schedule => schedule.Name), each: 1)
            .Select(JobRunView.Projection)
            .ToDictionaryAsync(run => run.Job, ct);
        var jobs = schedules
            .OrderBy(schedule => schedule.Name, StringComparer.Ordinal)
            .Select(schedule => JobView.From(schedule, stored.GetValueOrDefault(schedule.Name), last.GetValueOrDefault(schedule.Name)))
            .ToList();

        return ApiResponse.Ok(new JobList(jobs), "Jobs retrieved");
    }
}

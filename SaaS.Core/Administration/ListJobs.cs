using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Databases;
using SaaS.Platform.Http;
using SaaS.Platform.Scheduling;

namespace SaaS.Core.Administration;

/// <summary>All jobs.</summary>
/// <param name="Jobs">The jobs, by name.</param>
public sealed record JobList(IReadOnlyList<JobView> Jobs);

internal static class ListJobs
{
    internal static void Map(RouteGroupBuilder jobs) => jobs.MapGet("", Handle);

    /// <summary>Lists all jobs, with when they run next and how they went last.</summary>
    internal static async Task<Ok<Answer<JobList>>> Handle(IEnumerable<JobSchedule> schedules, JobControl control, ControlDb db, CancellationToken ct)
    {
        var declared = schedules.OrderBy(schedule => schedule.Name, StringComparer.Ordinal).ToList();
        var stored = await control.ListAsync(declared.Select(schedule => schedule.Name), ct);
        List<JobView> jobs = [];
        foreach (var schedule in declared)
        {
            jobs.Add(JobView.Of(schedule, stored.GetValueOrDefault(schedule.Name), await LastRunOf(db, schedule.Name, ct)));
        }

        return Answer.Ok(new JobList(jobs), "Jobs retrieved");
    }

    internal static Task<JobRunView?> LastRunOf(ControlDb db, string name, CancellationToken ct) =>
        db.JobRuns.AsNoTracking().Where(run => run.Job == name).OrderByDescending(run => run.StartedAt).Select(JobRunView.Projection).FirstOrDefaultAsync(ct);
}

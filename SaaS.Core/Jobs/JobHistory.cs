using Microsoft.EntityFrameworkCore;
using SaaS.Core.Persistence;

namespace SaaS.Core.Jobs;

/// <summary>The history, as those want it who look at many jobs at once.</summary>
internal static class JobHistory
{
    /// <summary>The latest runs of each of these jobs, in one query that reads no more rows than it returns; in no order.</summary>
    public static IQueryable<JobRun> LatestOf(this ControlDbContext db, IEnumerable<string> jobs, int each)
    {
        var names = jobs.ToArray();
        return db.JobRuns.FromSql(
            $"""
            SELECT latest.* FROM unnest({names}) AS wanted(job)
            CROSS JOIN LATERAL (SELECT * FROM job_runs WHERE job_runs.job = wanted.job ORDER BY started_at DESC LIMIT {each}) AS latest
            """).AsNoTracking();
    }
}

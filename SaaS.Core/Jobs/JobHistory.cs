using Microsoft.EntityFrameworkCore;
using SaaS.Core.Persistence;

namespace SaaS.Core.Jobs;

internal static class JobHistory
{
    /// <summary>Queries the latest runs of each job, unordered, reading no more rows than it returns.</summary>
    public static IQueryable<JobRun> QueryLatestRuns(this ControlDbContext db, IEnumerable<string> jobs, int each)
    {
        var names = jobs.ToArray();
        return db
            .JobRuns.FromSql(
                $"""
                SELECT latest.* FROM unnest({names}) AS wanted(job)
                CROSS JOIN LATERAL (SELECT * FROM job_runs WHERE job_runs.job = wanted.job ORDER BY started_at DESC LIMIT {each}) AS latest
                """
            )
            .AsNoTracking();
    }
}

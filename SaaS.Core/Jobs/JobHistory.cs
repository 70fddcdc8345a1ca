using Microsoft.EntityFrameworkCore;
using SaaS.Core.Persistence;

namespace SaaS.Core.Jobs;

internal static class JobHistory
{
    /// <summary>Queries the latest runs of each job, unordered, reading no more rows than it returns.</summary>
    public static IQueryable<JobRun> QueryLatestRuns(this ControlDbContext db, IEnumerable<string> jobs, int each)
    {
        var names = jobs.ToArray();

        // Sorting by the job as well, which only its index does: PostgreSQL would otherwise look for the runs of a job in the index by time,
        // which has no end for a job without runs. It ignores a sort key that equals a constant, hence the two comparisons.
        return db
            .JobRuns.FromSql(
                $"""
                SELECT latest.* FROM unnest({names}) AS wanted(job)
                CROSS JOIN LATERAL (
                    SELECT * FROM job_runs WHERE job_runs.job >= wanted.job AND job_runs.job <= wanted.job
                    ORDER BY job_runs.job, started_at DESC, id DESC LIMIT {each}) AS latest
                """
            )
            .AsNoTracking();
    }
}

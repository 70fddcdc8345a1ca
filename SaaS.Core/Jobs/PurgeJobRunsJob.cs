using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Persistence;

namespace SaaS.Core.Jobs;

/// <summary>Purges expired job runs.</summary>
internal sealed class PurgeJobRunsJob(ControlDbContext db, IOptions<JobHistoryOptions> options, TimeProvider clock) : Job
{
    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var oldest = clock.GetUtcNow() - options.Value.Keep;
        return $"{await db.JobRuns.Where(run => run.StartedAt < oldest).ExecuteDeleteAsync(ct)} runs forgotten";
    }
}

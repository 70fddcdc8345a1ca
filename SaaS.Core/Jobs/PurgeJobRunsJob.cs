using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Persistence;

namespace SaaS.Core.Jobs;

/// <summary>Purges expired job runs.</summary>
internal sealed class PurgeJobRunsJob(ControlDbContext db, IOptions<JobHistoryOptions> options, TimeProvider clock) : Job
{
    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var oldest = clock.GetUtcNow() - options.Value.Retention;
        return $"{await db.JobRuns.Where(run => run.StartedAt < oldest).ExecuteDeleteAsync(ct)} runs forgotten";
    }
}

/// <summary>Settings for the retention of job runs.</summary>
internal sealed class JobHistoryOptions
{
    /// <summary>The retention period of a run after its start.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(90);
}

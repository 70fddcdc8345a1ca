using SaaS.Core.Jobs;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>The overview of all jobs.</summary>
/// <param name="Jobs">All jobs: those that need attention first, then by name.</param>
/// <param name="Running">Running and waiting runs, longest first.</param>
/// <param name="Failures">The latest failed runs, newest first.</param>
/// <param name="TenantsBehind">Number of tenants with pending migrations.</param>
/// <param name="Schedulers">Number of schedulers in the cluster.</param>
/// <param name="People">The display names of actors.</param>
public sealed record Board(
    IReadOnlyList<BoardJob> Jobs,
    IReadOnlyList<JobRunView> Running,
    IReadOnlyList<JobRunView> Failures,
    int TenantsBehind,
    int Schedulers,
    People People
);

/// <summary>A job in the overview.</summary>
/// <param name="Job">The job.</param>
/// <param name="State">The state of the job.</param>
/// <param name="Statistics">Statistics of its latest runs.</param>
/// <param name="Latest">Its latest runs, newest first.</param>
public sealed record BoardJob(JobView Job, JobCondition State, JobStatistics Statistics, IReadOnlyList<JobRunView> Latest)
{
    /// <summary>
    /// True if the job is overdue or its last finished run failed. Unlike the state, it does not change while the job runs, so that the
    /// order of jobs is stable.
    /// </summary>
    public bool NeedsAttention =>
        State is JobCondition.Overdue
        || Latest.FirstOrDefault(run => run.Outcome is not (JobOutcome.Waiting or JobOutcome.Running))
            is { Outcome: JobOutcome.Failed or JobOutcome.CutOff };
}

/// <summary>The state of a job; if several apply, the first of them here.</summary>
public enum JobCondition
{
    /// <summary>A run is in progress.</summary>
    Running,

    /// <summary>The schedule is paused.</summary>
    Paused,

    /// <summary>A scheduled run was not started in time.</summary>
    Overdue,

    /// <summary>The last run failed.</summary>
    Failing,

    /// <summary>The job waits for its next scheduled run.</summary>
    Waiting,
}

/// <summary>Maps actors to display names.</summary>
public sealed class People(IReadOnlyDictionary<string, string> names)
{
    public string Name(string actor) => names.GetValueOrDefault(actor, actor);
}

namespace SaaS.Core.Operations.JobsPage;

/// <summary>What an operator sees of all jobs at one moment.</summary>
/// <param name="Jobs">All jobs, by name.</param>
/// <param name="Running">What is at work, the longest first.</param>
/// <param name="Failures">The latest runs that did not end well, newest first.</param>
/// <param name="TenantsBehind">How many tenants wait for a migration.</param>
/// <param name="Schedulers">How many schedulers fire jobs.</param>
/// <param name="People">Who asked for what.</param>
public sealed record Board(IReadOnlyList<BoardJob> Jobs, IReadOnlyList<JobRunView> Running, IReadOnlyList<JobRunView> Failures, int TenantsBehind, int Schedulers, People People);

/// <summary>What an operator sees of one job.</summary>
/// <param name="Job">The job.</param>
/// <param name="State">How it stands, in one word.</param>
/// <param name="Statistics">How its latest runs went.</param>
/// <param name="Latest">Its latest runs, newest first.</param>
public sealed record BoardJob(JobView Job, JobCondition State, JobStatistics Statistics, IReadOnlyList<JobRunView> Latest);

/// <summary>How a job stands; of several, the one that comes first here.</summary>
public enum JobCondition
{
    /// <summary>It is at work.</summary>
    Running,

    /// <summary>Its schedule rests.</summary>
    Paused,

    /// <summary>Its time has come and no scheduler has begun.</summary>
    Overdue,

    /// <summary>Its last run did not end well.</summary>
    Failing,

    /// <summary>It waits for its time.</summary>
    Waiting,
}

/// <summary>Actors by the names that people know them by.</summary>
public sealed class People(IReadOnlyDictionary<string, string> names)
{
    public string Name(string actor) => names.GetValueOrDefault(actor, actor);
}

namespace SaaS.Infrastructure.Scheduling;

/// <summary>A job and its schedule. A capability registers it as a singleton; the scheduler host stores and fires it.</summary>
/// <param name="Name">The identity in the store: a renamed job is a new one, and the old one is removed.</param>
/// <param name="Description">One sentence for operators.</param>
/// <param name="Cron">Seconds, minutes, hours, day of month, month, day of week: <c>0 0 2 * * ?</c> is daily at 02:00.</param>
/// <param name="TimeZone">The time zone of the cron expression.</param>
/// <param name="Run">
/// The work, in a scope of its own. It must be repeatable and observe the token: an interrupted run is fired again, and a failure ends the
/// run until the next firing.
/// </param>
public sealed record JobSchedule(
    string Name,
    string Description,
    string Cron,
    TimeZoneInfo TimeZone,
    Func<IServiceProvider, JobFiring, CancellationToken, Task> Run
);

/// <summary>One firing of a job.</summary>
/// <param name="FireId">Unique in the cluster.</param>
/// <param name="ScheduledAt">The scheduled time; for a recovered run, that of the interrupted run.</param>
/// <param name="FiredAt">The actual start.</param>
/// <param name="Recovering">True when the previous run was interrupted, and may have done part of the work.</param>
/// <param name="Request">The manual request; null when the run was scheduled.</param>
public sealed record JobFiring(string FireId, DateTimeOffset ScheduledAt, DateTimeOffset FiredAt, bool Recovering, JobRequest? Request);

/// <summary>A request to run a job now.</summary>
/// <param name="RunId">The id of the run in the history.</param>
/// <param name="RequestedBy">The user who requested the run.</param>
public sealed record JobRequest(Guid RunId, string RequestedBy);

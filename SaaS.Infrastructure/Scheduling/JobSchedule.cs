namespace SaaS.Infrastructure.Scheduling;

/// <summary>A job and when it runs. A capability registers one as a singleton; the scheduler's host stores and fires it.</summary>
/// <param name="Name">Its identity in the store: another name is another job, and the old one is removed.</param>
/// <param name="Description">One sentence for operators.</param>
/// <param name="Cron">Seconds, minutes, hours, day of month, month, day of week: <c>0 0 2 * * ?</c> is daily at 02:00.</param>
/// <param name="TimeZone">Whose clock that is.</param>
/// <param name="Run">
/// The work, in a scope of its own. It can run twice and must stop when the token asks: a run that a crash or a shutdown
/// cut off is fired again, elsewhere or after the next start. A failure ends the run; the next one comes on schedule.
/// </param>
public sealed record JobSchedule(string Name, string Description, string Cron, TimeZoneInfo TimeZone, Func<IServiceProvider, JobFiring, CancellationToken, Task> Run);

/// <summary>One run of a job.</summary>
/// <param name="FireId">Unique in the cluster.</param>
/// <param name="ScheduledAt">When it should have begun; for a recovered run, when the run that was cut off should have.</param>
/// <param name="FiredAt">When it did begin.</param>
/// <param name="Recovering">The run before this one was cut off, and may have done part of the work.</param>
/// <param name="Request">Who wanted it now; null when it came on schedule.</param>
public sealed record JobFiring(string FireId, DateTimeOffset ScheduledAt, DateTimeOffset FiredAt, bool Recovering, JobRequest? Request);

/// <summary>That a job is to run now.</summary>
/// <param name="RunId">What the run is to be called in the history.</param>
/// <param name="RequestedBy">Who asked.</param>
public sealed record JobRequest(Guid RunId, string RequestedBy);

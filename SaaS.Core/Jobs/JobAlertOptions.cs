using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Jobs;

/// <summary>Settings for alerts about jobs and their recipients.</summary>
public sealed class JobAlertOptions
{
    /// <summary>The number of consecutive failed runs that raises an alert.</summary>
    [Range(1, 1000)]
    public int FailuresInARow { get; init; } = 3;

    /// <summary>The delay after the scheduled time at which a job that has not started raises an alert.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan OverdueAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The interval at which the worker checks the jobs.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The email recipients. If empty, all active administrators of the platform are notified.</summary>
    public IReadOnlyList<string> MailTo { get; init; } = [];
}

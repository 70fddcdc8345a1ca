using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Jobs;

/// <summary>When a job is worth an operator's attention, and whose.</summary>
public sealed class JobAlertOptions
{
    /// <summary>So many runs in a row that did not end well are an alert.</summary>
    [Range(1, 1000)]
    public int FailuresInARow { get; init; } = 3;

    /// <summary>A job whose time came this long ago, and that no scheduler has begun, is an alert.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan OverdueAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often the worker looks.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Who is mailed. Nobody named: every active administrator of the platform.</summary>
    public IReadOnlyList<string> MailTo { get; init; } = [];
}

using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Jobs;

/// <summary>Settings for the retention of job runs.</summary>
internal sealed class JobHistoryOptions
{
    /// <summary>The retention period of a run after its start.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan Keep { get; init; } = TimeSpan.FromDays(90);
}

using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Jobs;

/// <summary>How much of what jobs did is remembered.</summary>
internal sealed class JobHistoryOptions
{
    /// <summary>How long a run is kept after its start.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan Keep { get; init; } = TimeSpan.FromDays(90);
}

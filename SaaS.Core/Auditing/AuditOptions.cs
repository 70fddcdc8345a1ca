using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Auditing;

/// <summary>How long audit entries are kept, and how many a caller can cause who does nothing.</summary>
internal sealed class AuditOptions
{
    /// <summary>How long an entry is kept. The database deletes none that is younger than 30 days, whatever is asked of it.</summary>
    [Range(typeof(TimeSpan), "30.00:00:00", "3650.00:00:00")]
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(730);

    /// <summary>Security events of one kind about one account or tenant by one actor that are stored in an hour; the log has all of them.</summary>
    [Range(1, 1_000)]
    public int MaxSecurityEventsPerHour { get; init; } = 20;
}

using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Auditing;

/// <summary>Settings for the retention of audit entries and the storage of security events.</summary>
internal sealed class AuditOptions
{
    /// <summary>The retention period of entries. The database never deletes entries younger than 30 days.</summary>
    [Range(typeof(TimeSpan), "30.00:00:00", "3650.00:00:00")]
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(730);

    /// <summary>
    /// The maximum number of stored security events per action and actor (or subject, if anonymous) in an hour; all are logged.
    /// </summary>
    [Range(1, 1_000)]
    public int MaxSecurityEventsPerHour { get; init; } = 20;
}

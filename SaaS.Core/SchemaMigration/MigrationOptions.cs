using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.SchemaMigration;

/// <summary>Settings of schema migrations.</summary>
public sealed class MigrationOptions
{
    /// <summary>
    /// The time for which a statement waits for a table lock, kept short because other sessions queue behind it. After a timeout the tenant
    /// is reported as failed and stays available in the older build, and the next run retries.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.SchemaMigration;

/// <summary>How a migration behaves towards those whom it works beside.</summary>
public sealed class MigrationOptions
{
    /// <summary>
    /// How long a statement waits for a table that somebody uses. While it waits, everybody who comes later waits behind
    /// it, so it gives up early: the tenant is named as failed, serves on with the older build, and the next run tries again.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

using System.ComponentModel.DataAnnotations;

namespace SaaS.Infrastructure.Postgres;

/// <summary>The limits of each tenant's database role.</summary>
public sealed class TenantRoleOptions
{
    /// <summary>The maximum of connections of all processes together to one tenant's database.</summary>
    [Range(1, 10_000)]
    public int ConnectionLimit { get; init; } = 60;

    /// <summary>The maximum duration of a statement.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The maximum idle time of an open transaction.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan IdleInTransactionTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The maximum of temporary files of one session, in megabytes; applied where the server lets the provisioning role set it.
    /// </summary>
    [Range(1, 1_000_000)]
    public int TempFileLimitMegabytes { get; init; } = 1_024;
}

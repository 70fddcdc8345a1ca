using System.ComponentModel.DataAnnotations;

namespace SaaS.Infrastructure.Postgres;

/// <summary>How many connections to tenants' databases this process may hold, and how long one waits for its turn.</summary>
public sealed class TenantConnectionOptions
{
    /// <summary>All open connections to tenants' databases together, those that wait in a pool for their tenant's next request included.</summary>
    [Range(1, 10_000)]
    public int Budget { get; init; } = 80;

    /// <summary>How many of them one tenant may use at once.</summary>
    [Range(1, 100)]
    public int PerTenant { get; init; } = 4;

    /// <summary>How long a request waits for its turn before it is told to come back.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan WaitTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection that nobody uses stays open for its tenant's next request.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "01:00:00")]
    public TimeSpan IdleLifetime { get; init; } = TimeSpan.FromMinutes(1);
}

using System.ComponentModel.DataAnnotations;

namespace SaaS.Infrastructure.Postgres;

/// <summary>The connection limits of this process for tenant databases.</summary>
public sealed class TenantConnectionOptions
{
    /// <summary>The maximum of open connections to all tenant databases, idle ones included.</summary>
    [Range(1, 10_000)]
    public int Budget { get; init; } = 80;

    /// <summary>The maximum of connections that one tenant may use at once.</summary>
    [Range(1, 100)]
    public int PerTenant { get; init; } = 4;

    /// <summary>The time for which a request waits for a connection before it is rejected.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan WaitTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The time for which an idle connection stays open for the next request of its tenant.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "01:00:00")]
    public TimeSpan IdleLifetime { get; init; } = TimeSpan.FromMinutes(1);
}

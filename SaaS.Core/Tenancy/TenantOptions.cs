using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Tenancy;

/// <summary>Limits and timeouts of the creation, deletion and erasure of tenants.</summary>
public sealed class TenantOptions
{
    /// <summary>The maximum number of tenants that one account may create; erased tenants do not count.</summary>
    [Range(1, 1_000_000)]
    public int MaxPerUser { get; init; } = 100;

    /// <summary>The timeout of a request that creates a tenant's database, and of a job that drops one.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan CreationTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The time during which a deleted tenant can be restored; it is not erased earlier.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromDays(30);
}

using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Tenancy;

/// <summary>How many tenants people may make, and how long a deleted one can be had back.</summary>
public sealed class TenantOptions
{
    /// <summary>Tenants that one account has made and that are not erased.</summary>
    [Range(1, 1_000_000)]
    public int MaxPerUser { get; init; } = 100;

    /// <summary>How long a request waits for the database of a new tenant, and a job for one to be dropped.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan CreationTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A deleted tenant can be restored for this long, and is not erased before.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromDays(30);
}

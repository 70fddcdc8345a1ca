using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>Limits of service accounts and their API keys.</summary>
public sealed class ServiceAccountOptions
{
    /// <summary>The maximum number of service accounts of one tenant. They do not count as members.</summary>
    [Range(0, 100_000)]
    public int MaxPerTenant { get; init; } = 100;

    /// <summary>The maximum number of valid keys of one service account.</summary>
    [Range(1, 1_000_000)]
    public int MaxKeysPerAccount { get; init; } = 20;

    /// <summary>The lifetime of a key whose creator chose none.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "730.00:00:00")]
    public TimeSpan DefaultKeyLifetime { get; init; } = TimeSpan.FromDays(365);

    /// <summary>The maximum lifetime of a key.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "730.00:00:00")]
    public TimeSpan MaxKeyLifetime { get; init; } = TimeSpan.FromDays(730);

    /// <summary>The maximum time for which a rotated key stays valid beside the new one.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan MaxRotationOverlap { get; init; } = TimeSpan.FromDays(7);
}

using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.RateLimiting;

/// <summary>How many requests are answered. Each limit is a bucket: so many at once, and as many again over each period.</summary>
public sealed class RateLimitOptions
{
    /// <summary>Off for whoever limits in front of the API.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>All requests of an account.</summary>
    [Required]
    public RateLimit User { get; init; } = new() { Permits = 100, Period = TimeSpan.FromMinutes(1) };

    /// <summary>All requests from an address in which nobody is signed in, and all to endpoints that serve anybody.</summary>
    [Required]
    public RateLimit Address { get; init; } = new() { Permits = 100, Period = TimeSpan.FromMinutes(1) };

    /// <summary>All requests into a tenant, by whomever, for which nothing else was agreed.</summary>
    [Required]
    public RateLimit Tenant { get; init; } = new() { Permits = 3_000, Period = TimeSpan.FromMinutes(1) };

    /// <summary>Sign-ins from an address. Guessing at one account is slowed beside it, by <c>SignIn</c>.</summary>
    [Required]
    public RateLimit SignIn { get; init; } = new() { Permits = 5, Period = TimeSpan.FromMinutes(1) };

    /// <summary>New accounts from an address.</summary>
    [Required]
    public RateLimit Registration { get; init; } = new() { Permits = 3, Period = TimeSpan.FromHours(1) };

    /// <summary>Uploads of an account.</summary>
    [Required]
    public RateLimit Upload { get; init; } = new() { Permits = 20, Period = TimeSpan.FromMinutes(1) };

    internal bool AreSound => new[] { User, Address, Tenant, SignIn, Registration, Upload }.All(limit => limit.IsSound);
}

/// <summary>So many requests in such a time.</summary>
public sealed class RateLimit
{
    public int Permits { get; init; }

    public TimeSpan Period { get; init; }

    internal bool IsSound => Permits is >= 1 and <= 10_000_000 && Period >= TimeSpan.FromSeconds(1) && Period <= TimeSpan.FromDays(1);
}

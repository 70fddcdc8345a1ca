using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.RateLimiting;

/// <summary>Settings of the rate limits. Each limit is a token bucket that is refilled over its period.</summary>
public sealed class RateLimitOptions
{
    /// <summary>False to disable rate limiting, for example behind a gateway that limits requests.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The limit for all requests of an account.</summary>
    [Required]
    public RateLimit User { get; init; } = new() { Permits = 100, Period = TimeSpan.FromMinutes(1) };

    /// <summary>The limit for all requests of a service account, with all of its API keys together.</summary>
    [Required]
    public RateLimit ServiceAccount { get; init; } = new() { Permits = 600, Period = TimeSpan.FromMinutes(1) };

    /// <summary>The limit for unauthenticated requests and for requests to anonymous endpoints, by IP address.</summary>
    [Required]
    public RateLimit Address { get; init; } = new() { Permits = 100, Period = TimeSpan.FromMinutes(1) };

    /// <summary>The limit for all requests to a tenant that has no limit of its own.</summary>
    [Required]
    public RateLimit Tenant { get; init; } = new() { Permits = 3_000, Period = TimeSpan.FromMinutes(1) };

    /// <summary>The limit for sign-ins, by IP address. Password guessing at one account is slowed separately, by <c>SignIn</c>.</summary>
    [Required]
    public RateLimit SignIn { get; init; } = new() { Permits = 5, Period = TimeSpan.FromMinutes(1) };

    /// <summary>The limit for new accounts, by IP address.</summary>
    [Required]
    public RateLimit Registration { get; init; } = new() { Permits = 3, Period = TimeSpan.FromHours(1) };

    /// <summary>The limit for uploads of an account or service account.</summary>
    [Required]
    public RateLimit Upload { get; init; } = new() { Permits = 20, Period = TimeSpan.FromMinutes(1) };

    internal bool AreValid => new[] { User, ServiceAccount, Address, Tenant, SignIn, Registration, Upload }.All(limit => limit.IsValid);
}

/// <summary>A number of requests per period.</summary>
public sealed class RateLimit
{
    public int Permits { get; init; }

    public TimeSpan Period { get; init; }

    internal bool IsValid => Permits is >= 1 and <= 10_000_000 && Period >= TimeSpan.FromSeconds(1) && Period <= TimeSpan.FromDays(1);
}

using System.ComponentModel.DataAnnotations;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Identity.Sessions;

/// <summary>Lifetimes of sessions and their tokens.</summary>
public sealed class SessionOptions
{
    /// <summary>Lifetime of an access token.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan AccessTokenLifetime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Lifetime of an unused refresh token.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "365.00:00:00")]
    public TimeSpan RefreshTokenLifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Maximum lifetime of a session, regardless of refreshes.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "365.00:00:00")]
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Lifetime of a browser session on one of our pages, such as the jobs page.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "30.00:00:00")]
    public TimeSpan BrowserSessionLifetime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Time in which a used refresh token is accepted again, for a client that lost the response.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan RefreshOverlap { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Time for which a process caches that a session is valid. A notification of its end evicts it at once.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan CheckLifetime { get; init; } = TimeSpan.FromSeconds(15);
}

/// <summary>Settings of signed tokens.</summary>
public sealed class JwtOptions
{
    /// <summary>The secret from which signing keys are derived: at least 64 random characters. It allows signing in as any user.</summary>
    [
        Secret,
        Required(ErrorMessage = "Jwt:SigningKey is not set."),
        MinLength(SecretStrength.LeastKeyLength, ErrorMessage = "Jwt:SigningKey must have at least 64 characters.")
    ]
    public string SigningKey { get; init; } = "";

    /// <summary>Former values of <see cref="SigningKey"/>, whose tokens are accepted until they expire.</summary>
    [Secret]
    public IReadOnlyList<string> RetiredSigningKeys { get; init; } = [];

    public string Issuer { get; init; } = "saas-platform";

    public string Audience { get; init; } = "saas-api";
}

using System.ComponentModel.DataAnnotations;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Identity.Sessions;

/// <summary>How long a sign-in lasts.</summary>
public sealed class SessionOptions
{
    /// <summary>An access token.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan AccessTokenLifetime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>A refresh token that is not used.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "365.00:00:00")]
    public TimeSpan RefreshTokenLifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>A session, however often it is refreshed.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "365.00:00:00")]
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>A browser that is signed in to a page of ours, such as that of the jobs.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "30.00:00:00")]
    public TimeSpan BrowserSessionLifetime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>A client whose answer got lost may ask again with the token that it has just spent.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan RefreshOverlap { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a process remembers that a session is live. It forgets it the moment that it hears of its end.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan CheckLifetime { get; init; } = TimeSpan.FromSeconds(15);
}

/// <summary>What tokens are signed with.</summary>
public sealed class JwtOptions
{
    /// <summary>At least 64 random characters, from which the keys are derived. Whoever has it can sign in as anybody.</summary>
    [Secret, Required(ErrorMessage = "Jwt:SigningKey is not set."), MinLength(SecretStrength.LeastKeyLength, ErrorMessage = "Jwt:SigningKey must have at least 64 characters.")]
    public string SigningKey { get; init; } = "";

    /// <summary>Secrets that were <see cref="SigningKey"/> before: what they signed is believed until it expires.</summary>
    [Secret]
    public IReadOnlyList<string> RetiredSigningKeys { get; init; } = [];

    public string Issuer { get; init; } = "saas-platform";

    public string Audience { get; init; } = "saas-api";
}

using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Identity.Factors;

/// <summary>Settings of passkeys.</summary>
public sealed class PasskeyOptions
{
    /// <summary>The domain that passkeys are bound to; the host of <c>Credentials:Pages</c> by default. Changing it makes all of them
    /// useless.</summary>
    public string RelyingPartyId { get; set; } = "";

    /// <summary>The origins of pages that may use passkeys; that of <c>Credentials:Pages</c> by default.</summary>
    public IReadOnlyList<string> Origins { get; set; } = [];

    /// <summary>The time in which the user answers the authenticator.</summary>
    [Range(typeof(TimeSpan), "00:00:30", "00:15:00")]
    public TimeSpan ChallengeLifetime { get; init; } = TimeSpan.FromMinutes(5);
}

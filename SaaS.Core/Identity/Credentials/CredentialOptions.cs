using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Where mailed links lead, and how long they are good.</summary>
public sealed class CredentialOptions
{
    /// <summary>
    /// The folder of pages that the links lead to: <c>verify-email</c>, <c>reset-password</c> and <c>change-email</c>
    /// below it get the token behind <c>#</c>. The API serves such pages itself below <c>/account/</c>.
    /// </summary>
    [Required(ErrorMessage = "Credentials:Pages is not set: the public address of the account pages, such as https://app.example.com/account/.")]
    public Uri Pages { get; init; } = null!;

    /// <summary>A link that proves an address.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "7.00:00:00")]
    public TimeSpan VerifyLifetime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>A link that resets a password.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "1.00:00:00")]
    public TimeSpan ResetLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often at most the same account is sent a link of the same purpose.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan MailPause { get; init; } = TimeSpan.FromMinutes(1);
}

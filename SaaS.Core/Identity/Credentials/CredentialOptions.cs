using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Settings of mailed links.</summary>
public sealed class CredentialOptions
{
    /// <summary>
    /// The base URL of the pages that links lead to: <c>verify-email</c>, <c>reset-password</c> and <c>change-email</c> below it
    /// receive the token after <c>#</c>. The API serves default pages below <c>/account/</c>.
    /// </summary>
    [Required(
        ErrorMessage = "Credentials:Pages is not set: the public address of the account pages, such as https://app.example.com/account/."
    )]
    public Uri Pages { get; init; } = null!;

    /// <summary>Lifetime of a link that verifies an address.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "7.00:00:00")]
    public TimeSpan VerifyLifetime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Lifetime of a link that resets a password.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "1.00:00:00")]
    public TimeSpan ResetLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Minimum time between links of one purpose for one account.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan MailInterval { get; init; } = TimeSpan.FromMinutes(1);
}

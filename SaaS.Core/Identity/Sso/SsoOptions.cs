using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Identity.Sso;

/// <summary>Settings of sign-in through tenants' identity providers.</summary>
public sealed class SsoOptions
{
    /// <summary>
    /// The public URL of <c>/api/auth/sso/azure/callback</c> on this API. Customers register it in their directory as the redirect URI.
    /// </summary>
    [Required(ErrorMessage = "Sso:CallbackAddress is not set: the public URL of the API followed by /api/auth/sso/azure/callback.")]
    public Uri CallbackAddress { get; init; } = null!;

    /// <summary>Origins that a sign-in may return to, each as scheme, host and port; those of <c>Cors:Origins</c> when empty.</summary>
    public IReadOnlyList<string> ReturnOrigins { get; set; } = [];

    /// <summary>
    /// True when a tenant has to verify a domain before accounts with addresses in it are linked to users of its directory without further
    /// proof. Can be switched off in development only.
    /// </summary>
    public bool RequireVerifiedDomains { get; init; } = true;

    /// <summary>The maximum time from the redirect to the provider until the browser returns.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan FlowLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The lifetime of the one-time code that is passed to <c>return_url</c>.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "00:10:00")]
    public TimeSpan CodeLifetime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The lifetime of provider refresh tokens whose response does not state one.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "365.00:00:00")]
    public TimeSpan RefreshTokenLifetime { get; init; } = TimeSpan.FromDays(90);

    /// <summary>The job refreshes provider tokens that expire within this time.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "1.00:00:00")]
    public TimeSpan RefreshAhead { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The retention of single sign-on activity records.</summary>
    [Range(typeof(TimeSpan), "30.00:00:00", "3650.00:00:00")]
    public TimeSpan ActivityRetention { get; init; } = TimeSpan.FromDays(400);

    /// <summary>The time that a domain stays verified while its TXT record is missing.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "90.00:00:00")]
    public TimeSpan DomainGracePeriod { get; init; } = TimeSpan.FromDays(14);

    internal bool HasAddresses =>
        CallbackAddress.IsAbsoluteUri
        && ReturnOrigins.All(origin =>
            Uri.TryCreate(origin, UriKind.Absolute, out var address) && address.GetLeftPart(UriPartial.Authority) == origin.TrimEnd('/')
        );
}

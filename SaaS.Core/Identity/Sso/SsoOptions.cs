using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Identity.Sso;

/// <summary>How sign-ins through tenants' identity providers run here.</summary>
public sealed class SsoOptions
{
    /// <summary>
    /// The public address of <c>/api/auth/sso/azure/callback</c> on this API. Customers enter it in their directory, and
    /// browsers come back to it.
    /// </summary>
    [Required(ErrorMessage = "Sso:CallbackAddress is not set: the public address of the API with /api/auth/sso/azure/callback behind it.")]
    public Uri CallbackAddress { get; init; } = null!;

    /// <summary>Where a sign-in may lead back to, each as scheme, host and port; those of <c>Cors:Origins</c> when there are none.</summary>
    public IReadOnlyList<string> ReturnOrigins { get; set; } = [];

    /// <summary>
    /// Whether a tenant has to prove that a domain is its own before accounts with addresses in it are linked to people of its
    /// directory by that alone. Can be switched off in development only.
    /// </summary>
    public bool RequireVerifiedDomains { get; init; } = true;

    /// <summary>From the redirect to the provider until the browser is back.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan FlowLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>For exchanging the one-time code that <c>return_url</c> was given.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "00:10:00")]
    public TimeSpan CodeLifetime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a refresh token of the provider is good that does not say so itself.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "365.00:00:00")]
    public TimeSpan RefreshTokenLifetime { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Tokens of the provider that expire within this time are renewed by the job.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "1.00:00:00")]
    public TimeSpan RefreshAhead { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long is kept who signed in and what failed.</summary>
    [Range(typeof(TimeSpan), "30.00:00:00", "3650.00:00:00")]
    public TimeSpan KeepActivity { get; init; } = TimeSpan.FromDays(400);

    /// <summary>How long a domain stays verified whose TXT record is missing.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "90.00:00:00")]
    public TimeSpan DomainGracePeriod { get; init; } = TimeSpan.FromDays(14);

    internal bool HasAddresses => CallbackAddress.IsAbsoluteUri && ReturnOrigins.All(origin => Uri.TryCreate(origin, UriKind.Absolute, out var address) && address.GetLeftPart(UriPartial.Authority) == origin.TrimEnd('/'));
}

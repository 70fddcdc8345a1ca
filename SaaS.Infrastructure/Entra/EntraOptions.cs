using System.ComponentModel.DataAnnotations;

namespace SaaS.Infrastructure.Entra;

/// <summary>Settings of Microsoft Entra ID and Microsoft Graph: the cloud and the timeouts.</summary>
public sealed class EntraOptions
{
    /// <summary>
    /// The address of the sign-in service: <c>https://login.microsoftonline.com</c>, <c>https://login.microsoftonline.us</c> or
    /// <c>https://login.partner.microsoftonline.cn</c>. http is allowed only for a loopback address.
    /// </summary>
    [Required]
    public Uri Authority { get; init; } = new("https://login.microsoftonline.com");

    /// <summary>
    /// The address of Microsoft Graph in the same cloud: <c>https://graph.microsoft.com</c>, <c>https://graph.microsoft.us</c> or
    /// <c>https://microsoftgraph.chinacloudapi.cn</c>.
    /// </summary>
    [Required]
    public Uri Graph { get; init; } = new("https://graph.microsoft.com");

    /// <summary>The timeout of one attempt.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The timeout of a request with all its attempts.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>The accepted difference between the provider's clock and ours.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Builds the address of a directory from its id or one of its domains.</summary>
    public string AddressOf(string directory) => $"{Authority.AbsoluteUri.TrimEnd('/')}/{Uri.EscapeDataString(directory)}";

    internal bool AreSound => IsSafe(Authority) && IsSafe(Graph) && AttemptTimeout <= RequestTimeout;

    // Tokens and client secrets are sent to these addresses.
    private static bool IsSafe(Uri address) =>
        address.IsAbsoluteUri && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback));
}

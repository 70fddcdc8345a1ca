using System.ComponentModel.DataAnnotations;

namespace SaaS.Infrastructure.Entra;

/// <summary>Which cloud Microsoft Entra ID and Microsoft Graph are asked in, and how long one waits for them.</summary>
public sealed class EntraOptions
{
    /// <summary>
    /// Where people sign in: <c>https://login.microsoftonline.com</c>, <c>https://login.microsoftonline.us</c> or
    /// <c>https://login.partner.microsoftonline.cn</c>. Anything but https only on this machine.
    /// </summary>
    [Required]
    public Uri Authority { get; init; } = new("https://login.microsoftonline.com");

    /// <summary>Microsoft Graph of the same cloud: <c>https://graph.microsoft.com</c>, <c>https://graph.microsoft.us</c>, <c>https://microsoftgraph.chinacloudapi.cn</c>.</summary>
    [Required]
    public Uri Graph { get; init; } = new("https://graph.microsoft.com");

    /// <summary>For one attempt of a request.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For a request with all its attempts.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>How far the provider's clock may be from ours.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Where a directory is, by its id or one of its domains.</summary>
    public string AddressOf(string directory) => $"{Authority.AbsoluteUri.TrimEnd('/')}/{Uri.EscapeDataString(directory)}";

    internal bool AreSound => IsSafe(Authority) && IsSafe(Graph) && AttemptTimeout <= RequestTimeout;

    // Tokens and client secrets travel there.
    private static bool IsSafe(Uri address) => address.IsAbsoluteUri && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback));
}

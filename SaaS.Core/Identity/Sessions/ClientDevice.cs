using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using SaaS.Core.Access;

namespace SaaS.Core.Identity.Sessions;

/// <summary>The device that sends a request, shown in session lists and used to count sign-in attempts.</summary>
/// <param name="Name">A display name, e.g. <c>Firefox on Linux</c>.</param>
/// <param name="Address">The client's address, as forwarded by a known proxy.</param>
internal sealed record ClientDevice(string Name, IPAddress? Address)
{
    public const int NameMaxLength = 60;

    private const int NetworkBytes = 8; // a household gets an IPv6 /64: all its addresses count as one

    // The first match counts, because every browser also claims to be those listed after it.
    private static readonly (string Mark, string Name)[] Programs =
    [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];

    private static readonly (string Mark, string Name)[] Systems =
    [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];

    /// <summary>The address as text; null when unknown.</summary>
    public string? AddressText => Address?.ToString();

    /// <summary>The key by which attempts are counted: an IPv4 address, or the /64 network of an IPv6 address.</summary>
    public string Place =>
        Address switch
        {
            null => "unknown",
            { AddressFamily: AddressFamily.InterNetworkV6 } six => Convert.ToHexStringLower(six.GetAddressBytes()[..NetworkBytes]),
            _ => Address.ToString(),
        };

    public static ClientDevice From(HttpContext http) =>
        new(ParseUserAgent(http.Request.Headers.UserAgent.ToString()), ClientAddress.Get(http));

    public static ValueTask<ClientDevice?> BindAsync(HttpContext http, ParameterInfo _) => ValueTask.FromResult<ClientDevice?>(From(http));

    private static string ParseUserAgent(string userAgent)
    {
        var program = Find(Programs, userAgent);
        var system = Find(Systems, userAgent);
        return (program, system) switch
        {
            (not null, not null) => $"{program} on {system}",
            (not null, null) => program,
            _ => OwnName(userAgent),
        };
    }

    private static string? Find((string Mark, string Name)[] known, string userAgent) =>
        known.FirstOrDefault(one => userAgent.Contains(one.Mark, StringComparison.Ordinal)).Name;

    // A program that is not a browser starts with its own name: "curl/7.88.1".
    private static string OwnName(string userAgent)
    {
        var name = new string([
            .. userAgent
                .TakeWhile(character => character is not (' ' or '('))
                .Where(character => !char.IsControl(character))
                .Take(NameMaxLength),
        ]);
        return name.Length > 0 ? name : "Unknown device";
    }
}

using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using SaaS.Core.Access;

namespace SaaS.Core.Identity.Sessions;

/// <summary>What a request comes from: for people to recognise their sessions by, and for counting attempts.</summary>
/// <param name="Name">In words, e.g. <c>Firefox on Linux</c>.</param>
/// <param name="Address">The caller's address; a known proxy's word for it is taken.</param>
internal sealed record ClientDevice(string Name, IPAddress? Address)
{
    public const int NameMaxLength = 60;

    private const int NetworkBytes = 8; // a household gets a /64 of IPv6: its addresses are as good as one

    // The first that is found counts: every browser also claims to be the ones behind it.
    private static readonly (string Mark, string Name)[] Programs =
        [("Edg/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];

    private static readonly (string Mark, string Name)[] Systems =
        [("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")];

    /// <summary>The address as text; null where there is none.</summary>
    public string? AddressText => Address?.ToString();

    /// <summary>What counts as one place: an IPv4 address, or the network of an IPv6 address.</summary>
    public string Place => Address switch
    {
        null => "unknown",
        { AddressFamily: AddressFamily.InterNetworkV6 } six => Convert.ToHexStringLower(six.GetAddressBytes()[..NetworkBytes]),
        _ => Address.ToString(),
    };

    public static ClientDevice Of(HttpContext http) => new(NameOf(http.Request.Headers.UserAgent.ToString()), ClientAddress.Of(http));

    public static ValueTask<ClientDevice?> BindAsync(HttpContext http, ParameterInfo _) => ValueTask.FromResult<ClientDevice?>(Of(http));

    private static string NameOf(string userAgent)
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

    // A program that is no browser gives its own name first: "curl/7.88.1".
    private static string OwnName(string userAgent)
    {
        var name = new string([.. userAgent.TakeWhile(character => character is not (' ' or '(')).Where(character => !char.IsControl(character)).Take(NameMaxLength)]);
        return name.Length > 0 ? name : "Unknown device";
    }
}

using System.Net;
using Microsoft.AspNetCore.Http;

namespace SaaS.Core.Access;

/// <summary>The address that a request comes from; a known proxy's word for it is taken.</summary>
internal static class ClientAddress
{
    /// <returns>An IPv4 address also where it came mapped into IPv6.</returns>
    public static IPAddress? Of(HttpContext http) =>
        http.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : http.Connection.RemoteIpAddress;
}

using System.Net;
using Microsoft.AspNetCore.Http;

namespace SaaS.Core.Access;

/// <summary>Reads the client's IP address of a request, which known proxies may forward.</summary>
internal static class ClientAddress
{
    /// <returns>The address; one that is mapped to IPv6 is returned as IPv4.</returns>
    public static IPAddress? Get(HttpContext http) =>
        http.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : http.Connection.RemoteIpAddress;
}

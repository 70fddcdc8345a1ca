using System.ComponentModel.DataAnnotations;
using System.Net;

namespace SaaS.ServiceDefaults;

/// <summary>Settings of the Prometheus endpoint.</summary>
internal sealed class MetricsOptions
{
    public const string Section = "Metrics";

    /// <summary>The dedicated port of the endpoint; without one there is no endpoint.</summary>
    [Range(1, 65_535)]
    public int? Port { get; init; }

    /// <summary>The local IP address to listen on; by default only this machine can reach it.</summary>
    [Required]
    public string Address { get; init; } = "127.0.0.1";

    public bool HasAddress() => IPAddress.TryParse(Address, out _);

    public IPEndPoint EndPoint() => new(IPAddress.Parse(Address), Port!.Value);
}

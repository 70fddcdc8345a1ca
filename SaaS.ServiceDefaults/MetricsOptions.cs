using System.ComponentModel.DataAnnotations;
using System.Net;

namespace SaaS.ServiceDefaults;

/// <summary>Where Prometheus finds the numbers of a host.</summary>
internal sealed class MetricsOptions
{
    public const string Section = "Metrics";

    /// <summary>A port for nothing else; without one there is no such endpoint.</summary>
    [Range(1, 65_535)]
    public int? Port { get; init; }

    /// <summary>Which of the machine's addresses has that port; only the machine itself reaches it unless said otherwise.</summary>
    [Required]
    public string Address { get; init; } = "127.0.0.1";

    public bool HasAddress() => IPAddress.TryParse(Address, out _);

    public IPEndPoint EndPoint() => new(IPAddress.Parse(Address), Port!.Value);
}

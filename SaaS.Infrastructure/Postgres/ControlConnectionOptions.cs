using System.ComponentModel.DataAnnotations;

namespace SaaS.Infrastructure.Postgres;

/// <summary>How many connections to the control database this process may hold.</summary>
public sealed class ControlConnectionOptions
{
    /// <summary>All connections of the pool that requests and background work share. One more is kept for locks.</summary>
    [Range(2, 1_000)]
    public int Budget { get; init; } = 40;
}

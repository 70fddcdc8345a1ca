using System.ComponentModel.DataAnnotations;

namespace SaaS.Infrastructure.Postgres;

/// <summary>The connection limit of this process for the control database.</summary>
public sealed class ControlConnectionOptions
{
    /// <summary>The size of the pool that requests and background work share. One more connection is kept for locks.</summary>
    [Range(2, 1_000)]
    public int Budget { get; init; } = 40;
}

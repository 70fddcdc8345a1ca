using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.RateLimiting;

/// <summary>How slowly a request may come, and how many of one account are served at a time.</summary>
public sealed class RequestLimitOptions
{
    /// <summary>How long the headers may take, all of them together.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan HeaderPatience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How fast a body has to come at least, on average, in bytes per second.</summary>
    [Range(1, 1_000_000)]
    public int MinBodyBytesPerSecond { get; init; } = 240;

    /// <summary>How long a body may be slower than that.</summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:05:00")]
    public TimeSpan BodyGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a body may take as a whole, however fast it comes. Uploads have a limit of their own.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many requests of one account a process serves at the same time.</summary>
    [Range(1, 10_000)]
    public int PerAccount { get; init; } = 16;

    /// <summary>How many more requests of the account wait for their turn.</summary>
    [Range(0, 100_000)]
    public int QueuePerAccount { get; init; } = 256;

    /// <summary>How long they wait.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Limits;

/// <summary>How slowly a request may come: who sends a byte now and then holds a connection, and whatever waits for it.</summary>
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
}

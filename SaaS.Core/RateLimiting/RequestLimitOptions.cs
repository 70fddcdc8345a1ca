using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.RateLimiting;

/// <summary>Settings of request timeouts and of the concurrency of each account.</summary>
public sealed class RequestLimitOptions
{
    /// <summary>The timeout for receiving all request headers.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The minimum average data rate of a request body, in bytes per second.</summary>
    [Range(1, 1_000_000)]
    public int MinBodyBytesPerSecond { get; init; } = 240;

    /// <summary>The time for which a request body may be slower than the minimum rate.</summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:05:00")]
    public TimeSpan BodyGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The timeout for receiving the whole request body. Uploads have a limit of their own.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The maximum number of concurrent requests of one account in a process.</summary>
    [Range(1, 10_000)]
    public int PerAccount { get; init; } = 16;

    /// <summary>The maximum number of queued requests of one account.</summary>
    [Range(0, 100_000)]
    public int QueuePerAccount { get; init; } = 256;

    /// <summary>The timeout of a queued request.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

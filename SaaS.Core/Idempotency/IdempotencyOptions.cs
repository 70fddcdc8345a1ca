using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Idempotency;

/// <summary>How long a request can be repeated.</summary>
internal sealed class IdempotencyOptions
{
    /// <summary>How long the answer to a key is given again; after that the key is a new one.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan Keep { get; init; } = TimeSpan.FromHours(24);
}

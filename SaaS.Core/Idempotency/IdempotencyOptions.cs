using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Idempotency;

/// <summary>Settings of idempotent requests.</summary>
internal sealed class IdempotencyOptions
{
    /// <summary>The time during which a stored response is replayed; after that the key counts as new.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan Keep { get; init; } = TimeSpan.FromHours(24);
}

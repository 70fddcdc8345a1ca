namespace SaaS.Infrastructure.Objects;

/// <summary>In what portions bytes and lists travel; tests make them small.</summary>
internal sealed record S3Sizes
{
    private const int MiB = 1024 * 1024;
    private const int MostParts = 10_000;

    /// <summary>What is larger goes in parts: a put that breaks begins again with its part, not with the whole.</summary>
    public long LargestPut { get; init; } = 64 * MiB;

    /// <summary>S3 takes no part below 5 MiB but the last one.</summary>
    public long Part { get; init; } = 32 * MiB;

    /// <summary>What is fetched first after an open or a seek: a small range costs not much more than it is.</summary>
    public long FirstWindow { get; init; } = MiB;

    /// <summary>What is fetched at once when somebody reads on.</summary>
    public long LargestWindow { get; init; } = 16 * MiB;

    /// <summary>How many objects one answer lists, and one request deletes; S3 allows no more than 1000.</summary>
    public int Page { get; init; } = 1000;

    public long PartOf(long size) => Math.Max(Part, (size + MostParts - 1) / MostParts);
}

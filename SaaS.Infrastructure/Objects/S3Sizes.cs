namespace SaaS.Infrastructure.Objects;

/// <summary>The sizes of uploads, ranges and pages; tests make them small.</summary>
internal sealed record S3Sizes
{
    private const int MiB = 1024 * 1024;
    private const int MostParts = 10_000;

    /// <summary>Larger content is uploaded in parts, so that a failure repeats only one part.</summary>
    public long LargestPut { get; init; } = 64 * MiB;

    /// <summary>The size of a part; S3 requires at least 5 MiB for all but the last one.</summary>
    public long Part { get; init; } = 32 * MiB;

    /// <summary>The first range after an open or a seek; small, so that a short read costs little.</summary>
    public long FirstWindow { get; init; } = MiB;

    /// <summary>The largest range of a sequential read.</summary>
    public long LargestWindow { get; init; } = 16 * MiB;

    /// <summary>The objects in one listing or bulk delete; S3 allows at most 1000.</summary>
    public int Page { get; init; } = 1000;

    public long PartOf(long size) => Math.Max(Part, (size + MostParts - 1) / MostParts);
}

using System.Linq.Expressions;
using System.Text.Json;

namespace SaaS.Core.Documents.Files;

/// <summary>A file: content that the tenant has stored.</summary>
/// <param name="Id">The file's id.</param>
/// <param name="Md5Hash">32 hexadecimal digits.</param>
/// <param name="Sha256Hash">64 hexadecimal digits; identifies the content together with its size.</param>
/// <param name="FileSize">Size in bytes.</param>
/// <param name="MimeType">The media type detected from the bytes; null for files that are older than this field.</param>
/// <param name="FileMetadata">Custom metadata of the content.</param>
/// <param name="CreatedAt">When the tenant first stored the content (UTC).</param>
/// <param name="UpdatedAt">When the metadata was last changed (UTC).</param>
/// <param name="CreatedBy">The account that first stored it.</param>
/// <param name="VerifiedAt">When the stored bytes were last verified against their hash (UTC).</param>
/// <param name="DocumentCount">Number of documents that use the file.</param>
/// <param name="IsOrphaned">True when no document uses the file; it is purged after a while.</param>
/// <param name="UnusedSince">Since when no document uses the file (UTC).</param>
public record FileView(
    Guid Id,
    string Md5Hash,
    string Sha256Hash,
    long FileSize,
    string? MimeType,
    JsonElement FileMetadata,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    Guid CreatedBy,
    DateTimeOffset? VerifiedAt,
    int DocumentCount,
    bool IsOrphaned,
    DateTimeOffset? UnusedSince
)
{
    internal static readonly Expression<Func<StoredFile, FileView>> Projection = file => new FileView(
        file.Id,
        file.Md5Hash,
        file.Sha256Hash,
        file.FileSize,
        file.MediaType,
        file.Metadata,
        file.CreatedAt,
        file.UpdatedAt,
        file.CreatedBy,
        file.VerifiedAt,
        file.DocumentCount,
        file.DocumentCount == 0,
        file.UnusedSince
    );

    internal static readonly Func<StoredFile, FileView> From = Projection.Compile();
}

/// <summary>Converts bytes to megabytes.</summary>
internal static class Megabytes
{
    /// <summary>Returns megabytes of 1,048,576 bytes, rounded to two decimals.</summary>
    public static decimal From(long bytes) => Math.Round(bytes / 1_048_576m, 2);
}

using System.Linq.Expressions;
using System.Text.Json;

namespace SaaS.Core.Documents.Files;

/// <summary>Content that the tenant has, as the API shows it.</summary>
/// <param name="Id">The file's id.</param>
/// <param name="Md5Hash">32 hexadecimal digits.</param>
/// <param name="Sha256Hash">64 hexadecimal digits; with the size, what makes two files the same.</param>
/// <param name="FileSize">Bytes.</param>
/// <param name="MimeType">What the bytes are by themselves; null for files that are older than this field.</param>
/// <param name="FileMetadata">What else is known of the content.</param>
/// <param name="CreatedAt">When the tenant first stored it (UTC).</param>
/// <param name="UpdatedAt">When its metadata was last changed (UTC).</param>
/// <param name="CreatedBy">Who stored it first.</param>
/// <param name="VerifiedAt">When the stored bytes were last read whole and found right (UTC).</param>
/// <param name="DocumentCount">How many documents show it.</param>
/// <param name="IsOrphaned">Whether none does: it is given up after a while.</param>
/// <param name="UnusedSince">Since when none does (UTC).</param>
public record FileView(
    Guid Id, string Md5Hash, string Sha256Hash, long FileSize, string? MimeType, JsonElement FileMetadata, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, Guid CreatedBy,
    DateTimeOffset? VerifiedAt, int DocumentCount, bool IsOrphaned, DateTimeOffset? UnusedSince)
{
    internal static readonly Expression<Func<StoredFile, FileView>> Projection = file =>
        new FileView(
            file.Id, file.Md5Hash, file.Sha256Hash, file.FileSize, file.MediaType, file.Metadata, file.CreatedAt, file.UpdatedAt, file.CreatedBy,
            file.VerifiedAt, file.DocumentCount, file.DocumentCount == 0, file.UnusedSince);

    internal static readonly Func<StoredFile, FileView> Of = Projection.Compile();
}

/// <summary>Bytes, as people read them.</summary>
internal static class Megabytes
{
    /// <summary>Of 1,048,576 bytes, with two decimals.</summary>
    public static decimal Of(long bytes) => Math.Round(bytes / 1_048_576m, 2);
}

using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents.Files;

/// <summary>Stored content of a tenant, kept once however many documents use it. The bytes never change.</summary>
internal sealed class StoredFile
{
    public const int MediaTypeMaxLength = 100;

    public required Guid Id { get; init; }

    /// <summary>Identifies the content together with its size; 64 lower-case hexadecimal digits.</summary>
    public required string Sha256Hash { get; init; }

    /// <summary>MD5 of the content, for clients that compare it. It decides nothing, because MD5 collisions can be made.</summary>
    public required string Md5Hash { get; init; }

    /// <summary>Size in bytes.</summary>
    public required long FileSize { get; init; }

    /// <summary>The key of the object.</summary>
    public required string ObjectKey { get; init; }

    /// <summary>The media type detected from the bytes; null for files that are older than this column.</summary>
    public string? MediaType { get; init; }

    /// <summary>Custom metadata of the content: a JSON object.</summary>
    public JsonElement Metadata { get; set; }

    /// <summary>Number of documents that use the file; maintained by a trigger, see <see cref="FileUse"/>.</summary>
    public int DocumentCount { get; private init; }

    /// <summary>Time since when no document uses the file; null while one does, and before the first.</summary>
    public DateTimeOffset? UnusedSince { get; private init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; set; }

    public required Guid CreatedBy { get; init; }

    /// <summary>Time when the object was last verified against its hash; null before the first.</summary>
    public DateTimeOffset? VerifiedAt { get; set; }

    internal sealed class Mapping : ITenantEntityConfiguration<StoredFile>
    {
        public void Configure(EntityTypeBuilder<StoredFile> builder)
        {
            builder.ToTable("files");
            builder.Property(file => file.Id).ValueGeneratedNever();
            builder.Property(file => file.Sha256Hash).HasColumnName("sha256_hash").HasMaxLength(64).IsFixedLength();
            builder.Property(file => file.Md5Hash).HasColumnName("md5_hash").HasMaxLength(32).IsFixedLength();
            builder.Property(file => file.ObjectKey).HasColumnName("s3_path").HasMaxLength(500);
            builder.Property(file => file.MediaType).HasMaxLength(MediaTypeMaxLength);
            builder.Property(file => file.Metadata).HasColumnName("file_metadata").HasDefaultValueSql("'{}'");
            builder.Property(file => file.UpdatedAt).HasDefaultValueSql("now()");
            builder.Property(file => file.DocumentCount).HasDefaultValue(0);
            builder.HasIndex(file => new { file.UnusedSince, file.Id }).HasFilter("document_count = 0");
            builder.HasIndex(file => new { file.CreatedAt, file.Id }).IsDescending();
            builder.HasIndex(file => new { file.FileSize, file.Id });
            builder.HasIndex(file => new { file.Sha256Hash, file.FileSize }).IsUnique();
            builder.HasIndex(file => file.Md5Hash);
        }
    }
}

using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace SaaS.Core.Documents.Files;

/// <summary>Content that a tenant has: the bytes once, however many documents show them. The bytes are never changed.</summary>
internal sealed class StoredFile
{
    public const int MediaTypeMaxLength = 100;

    public required Guid Id { get; init; }

    /// <summary>With the size, what makes two files the same; 64 lower-case hexadecimal digits.</summary>
    public required string Sha256Hash { get; init; }

    /// <summary>For clients that compare it; decides nothing, because two contents can be made to share it.</summary>
    public required string Md5Hash { get; init; }

    /// <summary>Bytes.</summary>
    public required long FileSize { get; init; }

    /// <summary>Where the bytes lie.</summary>
    public required string ObjectKey { get; init; }

    /// <summary>What the bytes are, as far as they tell it themselves; null for files that are older than this column.</summary>
    public string? MediaType { get; init; }

    /// <summary>What else is known of the content: a JSON object, for programs.</summary>
    public JsonElement Metadata { get; set; }

    /// <summary>How many documents show it; counted by the database itself, see <see cref="FileUse"/>.</summary>
    public int DocumentCount { get; private init; }

    /// <summary>Since when no document shows it; null while one does, and before the first.</summary>
    public DateTimeOffset? UnusedSince { get; private init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; set; }

    public required Guid CreatedBy { get; init; }

    /// <summary>When the object was last read whole and had the hash that it must have.</summary>
    public DateTimeOffset? VerifiedAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<StoredFile>
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

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace SaaS.Core.Files;

/// <summary>Content that a tenant has: the bytes once, however many documents show them. Never changed.</summary>
internal sealed class StoredFile
{
    public required Guid Id { get; init; }

    /// <summary>With the size, what makes two files the same; 64 lower-case hexadecimal digits.</summary>
    public required string Sha256Hash { get; init; }

    /// <summary>For clients that compare it; decides nothing, because two contents can be made to share it.</summary>
    public required string Md5Hash { get; init; }

    /// <summary>Bytes.</summary>
    public required long FileSize { get; init; }

    /// <summary>Where the bytes lie.</summary>
    public required string ObjectKey { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

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
            builder.HasIndex(file => new { file.Sha256Hash, file.FileSize }).IsUnique();
            builder.HasIndex(file => file.Md5Hash);
        }
    }
}

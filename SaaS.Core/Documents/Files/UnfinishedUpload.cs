using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace SaaS.Core.Documents.Files;

/// <summary>
/// An object whose storing has begun. Its row goes with the commit of the file: one that is left over is that of a writer which was
/// killed, and tells the sweep where to look for what it has left, because some stores list that by exact key alone.
/// </summary>
internal sealed class UnfinishedUpload
{
    /// <summary>The file that the object is to be of.</summary>
    public required Guid FileId { get; init; }

    public required string Md5Hash { get; init; }

    public required DateTimeOffset BegunAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<UnfinishedUpload>
    {
        public void Configure(EntityTypeBuilder<UnfinishedUpload> builder)
        {
            builder.ToTable("unfinished_uploads");
            builder.HasKey(upload => upload.FileId);
            builder.Property(upload => upload.FileId).ValueGeneratedNever();
            builder.Property(upload => upload.Md5Hash).HasColumnName("md5_hash").HasMaxLength(32).IsFixedLength();
        }
    }
}

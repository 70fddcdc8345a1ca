using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents.Files;

/// <summary>
/// An upload whose object is being stored; its row is deleted with the commit of the file. A leftover row belongs to a killed process and
/// names the object to clean up, because some object stores list unfinished uploads only by exact key.
/// </summary>
internal sealed class UnfinishedUpload
{
    /// <summary>The file that the upload creates.</summary>
    public required Guid FileId { get; init; }

    public required string Md5Hash { get; init; }

    public required DateTimeOffset BegunAt { get; init; }

    internal sealed class Mapping : ITenantEntityConfiguration<UnfinishedUpload>
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

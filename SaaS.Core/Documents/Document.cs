using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Documents.Files;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Documents;

/// <summary>A named reference to a file. Several documents may share the same content.</summary>
internal sealed class Document
{
    public required Guid Id { get; init; }

    public required string Filename { get; set; }

    /// <summary>The normalized name in upper case for searches; a generated column.</summary>
    public string FilenameSearch { get; private set; } = "";

    public required string MimeType { get; set; }

    public required Guid FileId { get; init; }

    public StoredFile? File { get; init; }

    /// <summary>The owner: an account or a service account of the control database.</summary>
    public required Guid UserId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; set; }

    internal sealed class Mapping : ITenantEntityConfiguration<Document>
    {
        /// <summary>A trigram index for parts of a name, in any normal form and letter case.</summary>
        public const string FilenameSearchIndex = "ix_documents_filename_search";

        public void Configure(EntityTypeBuilder<Document> builder)
        {
            builder.ToTable("documents");
            builder.Property(document => document.Id).ValueGeneratedNever();
            builder.Property(document => document.Filename).HasMaxLength(FileName.MaxLength);
            builder
                .Property(document => document.FilenameSearch)
                .UseCollation(Sql.LetterOrder)
                .HasComputedColumnSql($"upper(normalize(filename, NFC) COLLATE \"{Sql.LetterOrder}\")", stored: true);
            builder.Property(document => document.MimeType).HasMaxLength(DocumentRules.MimeTypeMaxLength);
            builder
                .HasOne(document => document.File)
                .WithMany()
                .HasForeignKey(document => document.FileId)
                .OnDelete(DeleteBehavior.Restrict);
            builder.HasIndex(document => new { document.CreatedAt, document.Id }).IsDescending();
            builder.HasIndex(document => new { document.UpdatedAt, document.Id });
            builder.HasIndex(document => new { document.Filename, document.Id }).UseCollation(TenantDbContext.NameOrder);
            builder
                .HasIndex(document => document.FilenameSearch)
                .HasDatabaseName(FilenameSearchIndex)
                .HasMethod("gin")
                .HasOperators("gin_trgm_ops");
            builder.HasIndex(document => new
            {
                document.MimeType,
                document.CreatedAt,
                document.Id,
            });
            builder.HasIndex(document => new
            {
                document.UserId,
                document.CreatedAt,
                document.Id,
            });
        }
    }
}

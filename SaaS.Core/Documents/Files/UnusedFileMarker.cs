using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Documents.Files;

/// <summary>
/// That a tenant has files which no document shows, and when the first of them may go: with it, the job that removes them
/// opens the tenants that have any, not all there are.
/// </summary>
internal sealed class UnusedFileMarker
{
    public required Guid TenantId { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    /// <summary>When it was last written: what is written while the job looks at the tenant is not lost.</summary>
    public required DateTimeOffset MarkedAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<UnusedFileMarker>
    {
        public void Configure(EntityTypeBuilder<UnusedFileMarker> builder)
        {
            builder.ToTable("unused_files");
            builder.HasKey(hint => hint.TenantId);
            builder.Property(hint => hint.TenantId).ValueGeneratedNever();
            builder.HasOne<Tenant>().WithMany().HasForeignKey(hint => hint.TenantId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(hint => hint.DueAt);
        }
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Documents.Files;

/// <summary>
/// Marks a tenant that has unused files, with the time when the first is due. The purge job opens only the tenants that have a marker.
/// </summary>
internal sealed class UnusedFileMarker
{
    public required Guid TenantId { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    /// <summary>Time when the marker was last written; a marker that is written again while the job runs is kept.</summary>
    public required DateTimeOffset MarkedAt { get; init; }

    internal sealed class Mapping : IControlEntityConfiguration<UnusedFileMarker>
    {
        public void Configure(EntityTypeBuilder<UnusedFileMarker> builder)
        {
            builder.ToTable("unused_files");
            builder.HasKey(marker => marker.TenantId);
            builder.Property(marker => marker.TenantId).ValueGeneratedNever();
            builder.HasOne<Tenant>().WithMany().HasForeignKey(marker => marker.TenantId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(marker => marker.DueAt);
        }
    }
}

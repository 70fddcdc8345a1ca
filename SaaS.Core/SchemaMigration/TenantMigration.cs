using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Tenancy;

namespace SaaS.Core.SchemaMigration;

/// <summary>How one tenant was brought to one schema version. A tenant that was made with a version has no row for it.</summary>
internal sealed class TenantMigration
{
    public required Guid TenantId { get; init; }

    public required string TargetVersion { get; init; }

    public required TenantMigrationState State { get; set; }

    /// <summary>What PostgreSQL said; null unless it failed.</summary>
    public string? Error { get; set; }

    public required DateTimeOffset StartedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<TenantMigration>
    {
        public void Configure(EntityTypeBuilder<TenantMigration> builder)
        {
            builder.ToTable("tenant_migrations");
            builder.HasKey(migration => new { migration.TenantId, migration.TargetVersion });
            builder.Property(migration => migration.TargetVersion).HasMaxLength(150);
            builder.Property(migration => migration.State).HasConversion<string>().HasMaxLength(20);
            builder.HasOne<Tenant>().WithMany().HasForeignKey(migration => migration.TenantId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}

internal enum TenantMigrationState
{
    /// <summary>Begun. Whether it is still under way only the lock in the tenant's database tells: who was killed wrote nothing more.</summary>
    Running,

    /// <summary>PostgreSQL refused; the database is as the last whole migration left it.</summary>
    Failed,

    Done,
}

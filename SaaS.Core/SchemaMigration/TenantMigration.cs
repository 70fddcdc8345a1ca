using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.SchemaMigration;

/// <summary>The migration of one tenant to one schema version. A tenant has no row for the version that it was created with.</summary>
internal sealed class TenantMigration
{
    public required Guid TenantId { get; init; }

    public required string TargetVersion { get; init; }

    public required TenantMigrationState State { get; set; }

    /// <summary>The error message; null unless the migration failed.</summary>
    public string? Error { get; set; }

    public required DateTimeOffset StartedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    internal sealed class Mapping : IControlEntityConfiguration<TenantMigration>
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
    /// <summary>Started. Only the lock in the tenant's database shows whether it still runs: a killed process updates no row.</summary>
    Running,

    /// <summary>Failed; the database is in the state after its last complete migration.</summary>
    Failed,

    Done,
}

using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Access;

namespace SaaS.Core.Tenants;

/// <summary>A customer, with a database and a database role of their own.</summary>
internal sealed class Tenant
{
    public const int NameMaxLength = 255;

    /// <summary>What the role's password is sealed for.</summary>
    public const string PasswordPurpose = "database-password";

    /// <summary>Serves its members.</summary>
    public static readonly Expression<Func<Tenant, bool>> IsOpen = tenant => tenant.State == TenantState.Active;

    public required Guid Id { get; init; }

    public required string Name { get; set; }

    public required string DatabaseName { get; init; }

    public required string DatabaseRole { get; init; }

    public required string SealedDatabasePassword { get; init; }

    /// <summary>The newest migration that the database has; see <c>SchemaVersions</c>.</summary>
    public required string SchemaVersion { get; set; }

    public TenantState State { get; set; } = TenantState.Provisioning;

    public required Guid CreatedBy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; set; }

    public TenantDatabase Database => new(DatabaseName, DatabaseRole, SealedDatabasePassword);

    internal sealed class Mapping : IEntityTypeConfiguration<Tenant>
    {
        public void Configure(EntityTypeBuilder<Tenant> builder)
        {
            builder.ToTable("tenants");
            builder.Property(tenant => tenant.Id).ValueGeneratedNever();
            builder.Property(tenant => tenant.Name).HasMaxLength(NameMaxLength);
            builder.Property(tenant => tenant.DatabaseName).HasMaxLength(63);
            builder.Property(tenant => tenant.DatabaseRole).HasMaxLength(63);
            builder.Property(tenant => tenant.SchemaVersion).HasMaxLength(150);
            builder.Property(tenant => tenant.State).HasConversion<string>().HasMaxLength(20);
            builder.Ignore(tenant => tenant.Database);
            builder.HasIndex(tenant => tenant.DatabaseName).IsUnique();
            builder.HasIndex(tenant => tenant.State).HasFilter("state = 'Provisioning'");
        }
    }
}

/// <summary>Where a tenant is in its life.</summary>
internal enum TenantState
{
    /// <summary>Its database is being made; nobody can enter.</summary>
    Provisioning,

    /// <summary>It serves its members.</summary>
    Active,
}

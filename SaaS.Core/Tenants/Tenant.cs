using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Access;
using SaaS.Platform.Postgres;

namespace SaaS.Core.Tenants;

/// <summary>A customer, with a database and a database role of their own.</summary>
internal sealed class Tenant
{
    public const int NameMaxLength = 255;

    /// <summary>What the role's password is sealed for.</summary>
    public const string PasswordPurpose = "database-password";

    /// <summary>Serves its members.</summary>
    public static readonly Expression<Func<Tenant, bool>> IsOpen = tenant => tenant.State == TenantState.Active;

    /// <summary>Its database is whole: neither being made nor being removed.</summary>
    public static readonly Expression<Func<Tenant, bool>> HasDatabase = tenant => tenant.State == TenantState.Active || tenant.State == TenantState.Deleted;

    public required Guid Id { get; init; }

    public required string Name { get; set; }

    public required string DatabaseName { get; init; }

    public required string DatabaseRole { get; init; }

    public required string SealedDatabasePassword { get; init; }

    /// <summary>The newest migration that the database has; see <c>SchemaVersions</c>.</summary>
    public required string SchemaVersion { get; set; }

    public TenantState State { get; set; } = TenantState.Provisioning;

    /// <summary>Since when it serves nobody; it can be restored for a time.</summary>
    public DateTimeOffset? DeletedAt { get; set; }

    /// <summary>From when on an operator wants it gone for good.</summary>
    public DateTimeOffset? EraseAfter { get; set; }

    /// <summary>Whether everything that it has is to be kept in a file before.</summary>
    public bool ExportWanted { get; set; }

    /// <summary>How its members sign in.</summary>
    public AuthMethod AuthMethod { get; set; } = AuthMethod.Local;

    /// <summary>What the operator has agreed with the customer; null where the platform's own limit holds.</summary>
    public TenantQuotas Quotas { get; set; } = new();

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
            builder.Property(tenant => tenant.AuthMethod).HasConversion<string>().HasMaxLength(20).HasDefaultValue(AuthMethod.Local).HasSentinel(AuthMethod.Local);
            builder.ToTable(table => table.HasCheckConstraint("ck_tenants_auth_method", "auth_method IN ('Local', 'Sso', 'Both')"));
            builder.Ignore(tenant => tenant.Database);
            builder.Property(tenant => tenant.ExportWanted).HasDefaultValue(false);
            builder.ComplexProperty(tenant => tenant.Quotas);
            builder.HasIndex(tenant => tenant.CreatedBy);
            builder.HasIndex(tenant => new { tenant.CreatedAt, tenant.Id });
            builder.HasIndex(tenant => new { tenant.Name, tenant.Id }).UseCollation(Sql.LetterOrder);
            builder.HasIndex(tenant => tenant.Name).HasDatabaseName("ix_tenants_name_search").HasMethod("gin").HasOperators("gin_trgm_ops").UseCollation(Sql.LetterOrder); // the search's, or it is not used
            builder.HasIndex(tenant => tenant.EraseAfter).HasFilter("erase_after IS NOT NULL");
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

    /// <summary>It serves nobody, and all of it is still there.</summary>
    Deleted,

    /// <summary>What it had is being removed; nothing brings it back.</summary>
    Erasing,
}

using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Access;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Tenancy.Catalog;

/// <summary>A customer, with its own database and database role.</summary>
internal sealed class Tenant
{
    public const int NameMaxLength = 255;
    public const int SuspensionReasonMaxLength = 500;

    /// <summary>The condition that members have access: the tenant is active, and no operator has closed it.</summary>
    public static readonly Expression<Func<Tenant, bool>> IsActive = tenant =>
        tenant.State == TenantState.Active && tenant.Suspension != TenantSuspension.Closed;

    /// <summary>The condition that members can change something: the tenant is active and not suspended at all.</summary>
    public static readonly Expression<Func<Tenant, bool>> IsWritable = tenant =>
        tenant.State == TenantState.Active && tenant.Suspension == TenantSuspension.None;

    /// <summary>The condition that the tenant is not active.</summary>
    public static readonly Expression<Func<Tenant, bool>> IsInactive = tenant => tenant.State != TenantState.Active;

    /// <summary>The condition that the tenant's database exists: it is neither being created nor being erased.</summary>
    public static readonly Expression<Func<Tenant, bool>> HasDatabase = tenant =>
        tenant.State == TenantState.Active || tenant.State == TenantState.Deleted;

    /// <summary>The condition that the tenant's database is being created or erased.</summary>
    public static readonly Expression<Func<Tenant, bool>> HasNoDatabase = tenant =>
        tenant.State == TenantState.Provisioning || tenant.State == TenantState.Erasing;

    public required Guid Id { get; init; }

    public required string Name { get; set; }

    public required string DatabaseName { get; init; }

    public required string DatabaseRole { get; init; }

    public required string EncryptedDatabasePassword { get; init; }

    /// <summary>The newest migration that was applied to the database; see <c>SchemaVersions</c>.</summary>
    public required string SchemaVersion { get; set; }

    public TenantState State { get; set; } = TenantState.Provisioning;

    /// <summary>The time of its deletion; the tenant can be restored during the grace period.</summary>
    public DateTimeOffset? DeletedAt { get; set; }

    /// <summary>The earliest time of its erasure; null unless an operator has requested it.</summary>
    public DateTimeOffset? EraseAfter { get; set; }

    /// <summary>True when the tenant's data is exported before it is erased.</summary>
    public bool ExportWanted { get; set; }

    /// <summary>What operators have taken from the members.</summary>
    public TenantSuspension Suspension { get; set; } = TenantSuspension.None;

    /// <summary>The reason that operators gave for the suspension; null when there is none.</summary>
    public string? SuspensionReason { get; set; }

    public AuthMethod AuthMethod { get; set; } = AuthMethod.Local;

    /// <summary>The time from which members need a second factor; null when they do not.</summary>
    public DateTimeOffset? MfaRequiredFrom { get; set; }

    /// <summary>Limits that differ from the platform's; null where the platform's limit applies.</summary>
    public TenantQuotas Quotas { get; set; } = new();

    public required Guid CreatedBy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; set; }

    public TenantDatabase Database => new(DatabaseName, DatabaseRole, EncryptedDatabasePassword);

    internal sealed class Mapping : IControlEntityConfiguration<Tenant>
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
            builder
                .Property(tenant => tenant.AuthMethod)
                .HasConversion<string>()
                .HasMaxLength(20)
                .HasDefaultValue(AuthMethod.Local)
                .HasSentinel(AuthMethod.Local);
            builder
                .Property(tenant => tenant.Suspension)
                .HasConversion<string>()
                .HasMaxLength(20)
                .HasDefaultValue(TenantSuspension.None)
                .HasSentinel(TenantSuspension.None);
            builder.Property(tenant => tenant.SuspensionReason).HasMaxLength(SuspensionReasonMaxLength);
            builder.ToTable(table => table.HasCheckConstraint("ck_tenants_auth_method", "auth_method IN ('Local', 'Sso', 'Both')"));
            builder.Ignore(tenant => tenant.Database);
            builder.Property(tenant => tenant.ExportWanted).HasDefaultValue(false);
            builder.ComplexProperty(tenant => tenant.Quotas);
            builder.HasIndex(tenant => tenant.CreatedBy);
            builder.HasIndex(tenant => new { tenant.CreatedAt, tenant.Id });
            builder.HasIndex(tenant => new { tenant.Name, tenant.Id }).UseCollation(Sql.LetterOrder);
            builder
                .HasIndex(tenant => tenant.Name)
                .HasDatabaseName("ix_tenants_name_search")
                .HasMethod("gin")
                .HasOperators("gin_trgm_ops")
                .UseCollation(Sql.LetterOrder); // the search's, or it is not used
            builder.HasIndex(tenant => tenant.EraseAfter).HasFilter("erase_after IS NOT NULL");
            builder.HasIndex(tenant => tenant.DatabaseName).IsUnique();
            builder
                .HasIndex(tenant => tenant.State)
                .HasDatabaseName("ix_tenants_unfinished")
                .HasFilter("state IN ('Provisioning', 'Erasing')"); // the worker polls them
            builder.HasIndex(tenant => tenant.Id).HasDatabaseName("ix_tenants_inactive").HasFilter("state <> 'Active'");
        }
    }
}

/// <summary>The lifecycle states of a tenant.</summary>
internal enum TenantState
{
    /// <summary>Its database is being created; requests are rejected.</summary>
    Provisioning,

    /// <summary>Its members have access.</summary>
    Active,

    /// <summary>Its members have no access, and all of its data still exists.</summary>
    Deleted,

    /// <summary>Its data is being removed; it cannot be restored.</summary>
    Erasing,
}

/// <summary>What operators have taken from the members of a tenant.</summary>
public enum TenantSuspension
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Members can read, and change nothing.</summary>
    ReadOnly,

    /// <summary>Members have no access.</summary>
    Closed,
}

/// <summary>The limits of one tenant. The platform's limit applies where one is null.</summary>
internal sealed class TenantQuotas
{
    public int? MaxMembers { get; init; }

    public int? MaxDocuments { get; init; }

    /// <summary>Bytes of stored content; the same content is counted once.</summary>
    public long? MaxStorageBytes { get; init; }

    /// <summary>Requests per minute to the tenant, by all of its members together.</summary>
    public int? MaxRequestsPerMinute { get; init; }
}

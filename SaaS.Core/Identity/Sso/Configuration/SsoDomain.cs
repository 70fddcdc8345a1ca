using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>A domain of e-mail addresses that a tenant says is its own, and whether it has proved that. A domain is proved by one tenant at a time.</summary>
internal sealed class SsoDomain
{
    public required Guid TenantId { get; init; }

    /// <summary>An <see cref="EmailDomain"/>.</summary>
    public required string Domain { get; init; }

    /// <summary>What has to stand in its TXT record.</summary>
    public required string Token { get; init; }

    public DateTimeOffset? VerifiedAt { get; set; }

    /// <summary>Since when the TXT record of a verified domain is missing; null while it is there.</summary>
    public DateTimeOffset? RecordMissingSince { get; set; }

    public required Guid CreatedBy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The name of the TXT record.</summary>
    public string RecordName => $"_saas-verification.{Domain}";

    /// <summary>Its text.</summary>
    public string RecordText => $"saas-verification={Token}";

    /// <summary>Whether addresses of this domain are the tenant's to give.</summary>
    public static Task<bool> IsOfAsync(ControlDbContext db, Guid tenantId, string domain, CancellationToken ct) =>
        db.SsoDomains.AnyAsync(one => one.TenantId == tenantId && one.Domain == domain && one.VerifiedAt != null, ct);

    internal sealed class Mapping : IEntityTypeConfiguration<SsoDomain>
    {
        public const string Key = "pk_sso_domains";
        public const string VerifiedIndex = "ix_sso_domains_verified";

        public void Configure(EntityTypeBuilder<SsoDomain> builder)
        {
            builder.ToTable("sso_domains");
            builder.HasKey(domain => new { domain.TenantId, domain.Domain }).HasName(Key);
            builder.Property(domain => domain.Domain).HasMaxLength(EmailDomain.MaxLength);
            builder.Property(domain => domain.Token).HasMaxLength(64);
            builder.Ignore(domain => domain.RecordName);
            builder.Ignore(domain => domain.RecordText);
            builder.HasOne<Tenant>().WithMany().HasForeignKey(domain => domain.TenantId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(domain => domain.Domain).IsUnique().HasDatabaseName(VerifiedIndex).HasFilter("verified_at IS NOT NULL");
        }
    }
}

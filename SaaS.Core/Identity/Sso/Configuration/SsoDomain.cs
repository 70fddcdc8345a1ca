using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>An e-mail domain that a tenant claims, and its verification. Only one tenant at a time can have a domain verified.</summary>
internal sealed class SsoDomain
{
    public required Guid TenantId { get; init; }

    /// <summary>An <see cref="EmailDomain"/>.</summary>
    public required string Domain { get; init; }

    /// <summary>The token in the TXT record.</summary>
    public required string Token { get; init; }

    public DateTimeOffset? VerifiedAt { get; set; }

    /// <summary>The time when the TXT record of a verified domain was first found missing; null while it is present.</summary>
    public DateTimeOffset? RecordMissingSince { get; set; }

    public required Guid CreatedBy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The name of the TXT record.</summary>
    public string RecordName => $"_saas-verification.{Domain}";

    /// <summary>The text of the TXT record.</summary>
    public string RecordText => $"saas-verification={Token}";

    /// <summary>Checks if a tenant has verified a domain.</summary>
    public static Task<bool> IsVerifiedAsync(ControlDbContext db, Guid tenantId, string domain, CancellationToken ct) =>
        db.SsoDomains.AnyAsync(one => one.TenantId == tenantId && one.Domain == domain && one.VerifiedAt != null, ct);

    internal sealed class Mapping : IControlEntityConfiguration<SsoDomain>
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

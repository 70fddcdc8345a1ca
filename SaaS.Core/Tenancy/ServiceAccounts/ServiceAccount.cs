using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Access;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>A member of one tenant without a person: a program that authenticates with API keys.</summary>
internal sealed class ServiceAccount
{
    public const int NameMaxLength = 100;
    public const int DescriptionMaxLength = 500;

    public required Guid Id { get; init; }

    public required Guid TenantId { get; init; }

    public required string Name { get; set; }

    /// <summary>Free text of the admins; may be empty.</summary>
    public required string Description { get; set; }

    public required TenantRole Role { get; set; }

    public required Guid CreatedBy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; set; }

    /// <summary>The time since which its keys are rejected; null while it is enabled.</summary>
    public DateTimeOffset? DisabledAt { get; set; }

    internal sealed class Mapping : IControlEntityConfiguration<ServiceAccount>
    {
        public void Configure(EntityTypeBuilder<ServiceAccount> builder)
        {
            builder.ToTable("service_accounts");
            builder.Property(account => account.Id).ValueGeneratedNever();
            builder.Property(account => account.Name).HasMaxLength(NameMaxLength);
            builder.Property(account => account.Description).HasMaxLength(DescriptionMaxLength);
            builder.Property(account => account.Role).HasConversion<string>().HasMaxLength(20);
            builder.HasOne<Tenant>().WithMany().HasForeignKey(account => account.TenantId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(account => new
            {
                account.TenantId,
                account.CreatedAt,
                account.Id,
            });
        }
    }
}

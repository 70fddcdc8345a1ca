using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Access;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>
/// The rule of a tenant by which people join by themselves: those with a confirmed address of one of the tenant's verified domains.
/// Without a rule nobody can.
/// </summary>
internal sealed class JoinRule
{
    public required Guid TenantId { get; init; }

    /// <summary>The role of people who join; never admin.</summary>
    public required TenantRole Role { get; set; }

    public required DateTimeOffset UpdatedAt { get; set; }

    internal sealed class Mapping : IControlEntityConfiguration<JoinRule>
    {
        public void Configure(EntityTypeBuilder<JoinRule> builder)
        {
            builder.ToTable("join_rules", table => table.HasCheckConstraint("ck_join_rules_role", "role IN ('User', 'Viewer')"));
            builder.HasKey(rule => rule.TenantId);
            builder.Property(rule => rule.Role).HasConversion<string>().HasMaxLength(20);
            builder.HasOne<Tenant>().WithMany().HasForeignKey(rule => rule.TenantId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}

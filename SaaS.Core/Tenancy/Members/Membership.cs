using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy.Members;

/// <summary>The membership of a user in a tenant, with their role.</summary>
internal sealed class Membership
{
    public required Guid UserId { get; init; }

    public required Guid TenantId { get; init; }

    public required TenantRole Role { get; set; }

    public required DateTimeOffset JoinedAt { get; init; }

    internal sealed class Mapping : IControlEntityConfiguration<Membership>
    {
        public const string Key = "pk_memberships";

        public void Configure(EntityTypeBuilder<Membership> builder)
        {
            builder.ToTable("memberships");
            builder.HasKey(membership => new { membership.UserId, membership.TenantId }).HasName(Key);
            builder.Property(membership => membership.Role).HasConversion<string>().HasMaxLength(20);
            builder.HasOne<User>().WithMany().HasForeignKey(membership => membership.UserId).OnDelete(DeleteBehavior.Cascade);
            builder.HasOne<Tenant>().WithMany().HasForeignKey(membership => membership.TenantId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(membership => new { membership.TenantId, membership.Role });
            builder.HasIndex(membership => new
            {
                membership.TenantId,
                membership.JoinedAt,
                membership.UserId,
            });
            builder.HasIndex(membership => new
            {
                membership.UserId,
                membership.JoinedAt,
                membership.TenantId,
            });
        }
    }
}

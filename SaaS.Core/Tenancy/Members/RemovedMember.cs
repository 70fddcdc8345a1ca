using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Identity.Accounts;

namespace SaaS.Core.Tenancy.Members;

/// <summary>
/// Somebody whom an admin removed from a tenant. They are not provisioned again by signing in, until an admin adds them. The
/// address and the person of the directory are kept too, so that another account of the same person is not let in instead.
/// </summary>
internal sealed class RemovedMember
{
    public required Guid TenantId { get; init; }

    public required Guid UserId { get; init; }

    /// <summary>The account's address at that time.</summary>
    public required EmailAddress Email { get; init; }

    /// <summary>The person in the tenant's identity provider, in its words; null for somebody who was not linked to one.</summary>
    public string? ExternalSubject { get; set; }

    public required Guid RemovedBy { get; init; }

    public required DateTimeOffset RemovedAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<RemovedMember>
    {
        public const int SubjectMaxLength = 100;

        public void Configure(EntityTypeBuilder<RemovedMember> builder)
        {
            builder.ToTable("removed_members");
            builder.HasKey(removed => new { removed.TenantId, removed.UserId });
            builder.Property(removed => removed.ExternalSubject).HasMaxLength(SubjectMaxLength);
            builder.HasOne<Tenant>().WithMany().HasForeignKey(removed => removed.TenantId).OnDelete(DeleteBehavior.Cascade);
            builder.HasOne<User>().WithMany().HasForeignKey(removed => removed.UserId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}

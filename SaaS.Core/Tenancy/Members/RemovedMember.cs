using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy.Members;

/// <summary>
/// A member whom an admin removed, and who is not provisioned again by single sign-on until an admin adds them. The e-mail address and
/// the external subject also exclude other accounts of the same person.
/// </summary>
internal sealed class RemovedMember
{
    public required Guid TenantId { get; init; }

    public required Guid UserId { get; init; }

    /// <summary>The account's e-mail address at the time of the removal.</summary>
    public required EmailAddress Email { get; init; }

    /// <summary>The subject in the tenant's identity provider; null when the account was not linked.</summary>
    public string? ExternalSubject { get; set; }

    public required Guid RemovedBy { get; init; }

    public required DateTimeOffset RemovedAt { get; init; }

    internal sealed class Mapping : IControlEntityConfiguration<RemovedMember>
    {
        public const int SubjectMaxLength = 100;

        public void Configure(EntityTypeBuilder<RemovedMember> builder)
        {
            builder.ToTable("removed_members");
            builder.Property(member => member.Email).HasEmailAddress();
            builder.HasKey(removed => new { removed.TenantId, removed.UserId });
            builder.Property(removed => removed.ExternalSubject).HasMaxLength(SubjectMaxLength);
            builder.HasOne<Tenant>().WithMany().HasForeignKey(removed => removed.TenantId).OnDelete(DeleteBehavior.Cascade);
            builder.HasOne<User>().WithMany().HasForeignKey(removed => removed.UserId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>
/// An invitation of an address to a tenant. Its token is computed from the id and stored neither here nor in an event, so that read
/// access to the database does not allow using it.
/// </summary>
internal sealed class Invitation
{
    public const int MessageMaxLength = 500;

    public required Guid Id { get; init; }

    public required Guid TenantId { get; init; }

    public required EmailAddress Email { get; init; }

    public required TenantRole Role { get; init; }

    /// <summary>A personal text of the admin; null when there is none.</summary>
    public required string? Message { get; init; }

    /// <summary>The admin who sent it last. It is valid only while this account is an admin of the tenant.</summary>
    public required Guid InvitedBy { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Identifies the latest mail, so that a delayed older one is not sent after it.</summary>
    public required Guid MailId { get; set; }

    public required DateTimeOffset SentAt { get; set; }

    /// <summary>The number of mails.</summary>
    public int SendCount { get; set; } = 1;

    public required DateTimeOffset ExpiresAt { get; set; }

    public InvitationState State { get; set; } = InvitationState.Pending;

    /// <summary>The time at which it was accepted, declined, withdrawn or found expired; null while it is pending.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>The account that accepted it.</summary>
    public Guid? AcceptedBy { get; set; }

    internal sealed class Mapping : IControlEntityConfiguration<Invitation>
    {
        public const string PendingIndex = "ix_invitations_pending";

        public void Configure(EntityTypeBuilder<Invitation> builder)
        {
            builder.ToTable("invitations");
            builder.Property(invitation => invitation.Id).ValueGeneratedNever();
            builder.Property(invitation => invitation.Email).HasEmailAddress();
            builder.Property(invitation => invitation.Role).HasConversion<string>().HasMaxLength(20);
            builder.Property(invitation => invitation.State).HasConversion<string>().HasMaxLength(20);
            builder.Property(invitation => invitation.Message).HasMaxLength(MessageMaxLength);
            builder.HasOne<Tenant>().WithMany().HasForeignKey(invitation => invitation.TenantId).OnDelete(DeleteBehavior.Cascade);
            builder
                .HasIndex(invitation => new { invitation.TenantId, invitation.Email })
                .IsUnique()
                .HasDatabaseName(PendingIndex)
                .HasFilter("state = 'Pending'");
            builder
                .HasIndex(invitation => new
                {
                    invitation.Email,
                    invitation.CreatedAt,
                    invitation.Id,
                })
                .HasDatabaseName("ix_invitations_of_address")
                .HasFilter("state = 'Pending'");
            builder.HasIndex(invitation => new
            {
                invitation.TenantId,
                invitation.CreatedAt,
                invitation.Id,
            });
            builder.HasIndex(invitation => invitation.EndedAt).HasFilter("ended_at IS NOT NULL");
        }
    }
}

/// <summary>The states of an invitation.</summary>
public enum InvitationState
{
    /// <summary>It can be accepted until it expires.</summary>
    Pending,

    /// <summary>Its address has joined the tenant.</summary>
    Accepted,

    /// <summary>The invited person does not want to join.</summary>
    Declined,

    /// <summary>An admin has withdrawn it, or its sender is no longer an admin of the tenant.</summary>
    Withdrawn,

    /// <summary>It was not accepted in time.</summary>
    Expired,
}

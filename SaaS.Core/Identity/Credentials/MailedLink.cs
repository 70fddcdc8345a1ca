using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>
/// A single-use link that is sent by mail. Its token is computed from the id and stored neither here nor in an event, so that read
/// access to the database does not allow using it.
/// </summary>
internal sealed class MailedLink
{
    public required Guid Id { get; init; }

    /// <summary>Null for an address without an account, whose request looks the same as one for an account.</summary>
    public required Guid? UserId { get; init; }

    public required LinkPurpose Purpose { get; init; }

    /// <summary>The address that the link is sent to and verifies.</summary>
    public required EmailAddress? Email { get; init; }

    /// <summary>The account's <see cref="User.SecurityStamp"/> at the request; the link is invalid for any other.</summary>
    public required Guid? SecurityStamp { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; init; }

    internal sealed class Mapping : IControlEntityConfiguration<MailedLink>
    {
        public void Configure(EntityTypeBuilder<MailedLink> builder)
        {
            builder.ToTable("mailed_links");
            builder.Property(link => link.Email).HasEmailAddress();
            builder.Property(link => link.Id).ValueGeneratedNever();
            builder.Property(link => link.Purpose).HasConversion<string>().HasMaxLength(20);
            builder.HasOne<User>().WithMany().HasForeignKey(link => link.UserId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(link => new
            {
                link.UserId,
                link.Purpose,
                link.CreatedAt,
            });
            builder.HasIndex(link => link.ExpiresAt);
        }
    }
}

/// <summary>The purpose of a mailed link; a link is valid for one purpose only.</summary>
internal enum LinkPurpose
{
    /// <summary>Verifies the address of the account.</summary>
    VerifyEmail,

    /// <summary>Sets a new password without the current one.</summary>
    ResetPassword,

    /// <summary>Verifies the new address of the account.</summary>
    ChangeEmail,
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Identity.Accounts;

namespace SaaS.Core.Identity.Credentials;

/// <summary>
/// A link that was or will be sent by mail, good once. Its token is computed from the id, and stands neither here nor in
/// any event: whoever reads the database cannot use it.
/// </summary>
internal sealed class MailedLink
{
    public required Guid Id { get; init; }

    /// <summary>Null where an address was typed that nobody has: what is asked for a stranger looks like what is asked for an account.</summary>
    public required Guid? UserId { get; init; }

    public required LinkPurpose Purpose { get; init; }

    /// <summary>The address that it goes to, and that it proves.</summary>
    public required EmailAddress? Email { get; init; }

    /// <summary>The account's <see cref="User.SecurityStamp"/> for which it was ordered; with another one it is not valid.</summary>
    public required Guid? SecurityStamp { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<MailedLink>
    {
        public void Configure(EntityTypeBuilder<MailedLink> builder)
        {
            builder.ToTable("mailed_links");
            builder.Property(link => link.Id).ValueGeneratedNever();
            builder.Property(link => link.Purpose).HasConversion<string>().HasMaxLength(20);
            builder.HasOne<User>().WithMany().HasForeignKey(link => link.UserId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(link => new { link.UserId, link.Purpose, link.CreatedAt });
            builder.HasIndex(link => link.ExpiresAt);
        }
    }
}

/// <summary>What a mailed link is good for; one of one purpose is none of another.</summary>
internal enum LinkPurpose
{
    /// <summary>Proves the address of the account.</summary>
    VerifyEmail,

    /// <summary>Chooses another password without the old one.</summary>
    ResetPassword,

    /// <summary>Proves an address that is to become the account's.</summary>
    ChangeEmail,
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>A change of an account's address, used to notify the old address and to investigate account takeovers.</summary>
internal sealed class EmailChange
{
    public required Guid Id { get; init; }

    public required Guid UserId { get; init; }

    public required EmailAddress From { get; init; }

    public required EmailAddress To { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    internal sealed class Mapping : IControlEntityConfiguration<EmailChange>
    {
        public void Configure(EntityTypeBuilder<EmailChange> builder)
        {
            builder.ToTable("email_changes");
            builder.Property(change => change.From).HasEmailAddress();
            builder.Property(change => change.To).HasEmailAddress();
            builder.Property(change => change.Id).ValueGeneratedNever();
            builder.HasOne<User>().WithMany().HasForeignKey(change => change.UserId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}

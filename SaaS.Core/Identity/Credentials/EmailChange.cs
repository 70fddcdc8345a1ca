using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Identity.Accounts;

namespace SaaS.Core.Identity.Credentials;

/// <summary>That an account had another address before: where its owner is told, and what an operator looks at when somebody's account was taken.</summary>
internal sealed class EmailChange
{
    public required Guid Id { get; init; }

    public required Guid UserId { get; init; }

    public required EmailAddress From { get; init; }

    public required EmailAddress To { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<EmailChange>
    {
        public void Configure(EntityTypeBuilder<EmailChange> builder)
        {
            builder.ToTable("email_changes");
            builder.Property(change => change.Id).ValueGeneratedNever();
            builder.HasOne<User>().WithMany().HasForeignKey(change => change.UserId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}

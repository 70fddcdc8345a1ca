using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>A sign-in whose password was verified and whose second factor is missing. Its <c>mfa_token</c> is computed from the id.</summary>
internal sealed class MfaChallenge
{
    public required Guid Id { get; init; }

    public required Guid UserId { get; init; }

    /// <summary>The account's <see cref="User.SecurityStamp"/> at the sign-in; the challenge is invalid for any other.</summary>
    public required Guid SecurityStamp { get; init; }

    /// <summary>The number of codes that were tried; an attempt is counted before its code is verified.</summary>
    public int Attempts { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; init; }

    internal sealed class Mapping : IControlEntityConfiguration<MfaChallenge>
    {
        public void Configure(EntityTypeBuilder<MfaChallenge> builder)
        {
            builder.ToTable("mfa_challenges");
            builder.Property(challenge => challenge.Id).ValueGeneratedNever();
            builder.Property(challenge => challenge.Attempts).HasDefaultValue(0);
            builder.HasOne<User>().WithMany().HasForeignKey(challenge => challenge.UserId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(challenge => challenge.UserId);
            builder.HasIndex(challenge => challenge.ExpiresAt);
        }
    }
}

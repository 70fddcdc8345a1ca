using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Factors;

/// <summary>A challenge that a passkey signs once. Its use deletes the row.</summary>
internal sealed class PasskeyChallenge
{
    /// <summary>The random challenge in base64url, by which the response names it.</summary>
    public required string Challenge { get; init; }

    public required PasskeyPurpose Purpose { get; init; }

    /// <summary>The account; null for a sign-in without user name.</summary>
    public required Guid? UserId { get; init; }

    /// <summary>The WebAuthn options as sent to the client, with which the response is verified.</summary>
    public required string Options { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    internal sealed class Mapping : IControlEntityConfiguration<PasskeyChallenge>
    {
        public void Configure(EntityTypeBuilder<PasskeyChallenge> builder)
        {
            builder.ToTable("passkey_challenges");
            builder.HasKey(challenge => challenge.Challenge);
            builder.Property(challenge => challenge.Challenge).HasMaxLength(100);
            builder.Property(challenge => challenge.Purpose).HasConversion<string>().HasMaxLength(20);
            builder.HasOne<User>().WithMany().HasForeignKey(challenge => challenge.UserId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(challenge => challenge.UserId);
            builder.HasIndex(challenge => challenge.ExpiresAt);
        }
    }
}

/// <summary>The purpose of a challenge; a response is valid for one purpose only.</summary>
internal enum PasskeyPurpose
{
    /// <summary>Registers a passkey.</summary>
    Register,

    /// <summary>Signs in without user name and password.</summary>
    SignIn,

    /// <summary>Completes a sign-in with a password.</summary>
    SecondFactor,

    /// <summary>Proves the identity of a signed-in user again.</summary>
    StepUp,
}

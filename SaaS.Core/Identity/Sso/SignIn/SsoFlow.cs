using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>One sign-in on its way: from the redirect to the provider until the client has its tokens. Each step is taken once.</summary>
internal sealed class SsoFlow
{
    public required Guid Id { get; init; }

    public required Guid TenantId { get; init; }

    /// <summary>What the provider has to put into the id token of this sign-in.</summary>
    public required string Nonce { get; init; }

    /// <summary>SHA-256 of what the cookie of the browser says in which it was begun.</summary>
    public required byte[] BrowserHash { get; init; }

    /// <summary>Where the browser goes in the end; null when the answer is to be JSON.</summary>
    public string? ReturnUrl { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Until then the browser has to be back.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When it was back.</summary>
    public DateTimeOffset? ReceivedAt { get; set; }

    /// <summary>Whose session is to be opened, or whose account is to be linked once they have proved that it is theirs.</summary>
    public Guid? UserId { get; set; }

    /// <summary>Whom the provider vouched for, sealed, where the account has to be proved first.</summary>
    public string? SealedPerson { get; set; }

    /// <summary>The account's <see cref="Accounts.User.SecurityStamp"/> when the code was issued; with another one it is not valid.</summary>
    public Guid? SecurityStamp { get; set; }

    /// <summary>SHA-256 of a secret that the client keeps, base64url, which has to come with the one-time code (RFC 7636, S256); null where no code goes through an address.</summary>
    public string? Challenge { get; init; }

    /// <summary>When its one-time code was used.</summary>
    public DateTimeOffset? CodeUsedAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<SsoFlow>
    {
        public void Configure(EntityTypeBuilder<SsoFlow> builder)
        {
            builder.ToTable("sso_flows");
            builder.Property(flow => flow.Id).ValueGeneratedNever();
            builder.Property(flow => flow.Nonce).HasMaxLength(64);
            builder.Property(flow => flow.Challenge).HasMaxLength(CodeChallenge.Length);
            builder.Property(flow => flow.ReturnUrl).HasMaxLength(ReturnAddresses.MaxLength);
            builder.HasOne<Tenant>().WithMany().HasForeignKey(flow => flow.TenantId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(flow => flow.ExpiresAt);
            builder.HasIndex(flow => flow.UserId).HasFilter("user_id IS NOT NULL AND code_used_at IS NULL");
        }
    }
}

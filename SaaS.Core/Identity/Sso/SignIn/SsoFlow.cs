using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>A sign-in in progress, from the redirect to the provider until the client has its tokens. Each step can be done once.</summary>
internal sealed class SsoFlow
{
    public required Guid Id { get; init; }

    public required Guid TenantId { get; init; }

    /// <summary>The nonce that the ID token of this sign-in must contain.</summary>
    public required string Nonce { get; init; }

    /// <summary>The SHA-256 of the cookie of the browser that started the sign-in.</summary>
    public required byte[] BrowserHash { get; init; }

    /// <summary>The URL that the browser finally returns to; null when the response is JSON.</summary>
    public string? ReturnUrl { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The deadline for the browser's return.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The time when the browser returned.</summary>
    public DateTimeOffset? ReceivedAt { get; set; }

    /// <summary>The account whose session is to be opened, or which is to be linked once its owner has proved it.</summary>
    public Guid? UserId { get; set; }

    /// <summary>The external identity, encrypted, while its link to the account awaits proof.</summary>
    public string? EncryptedIdentity { get; set; }

    /// <summary>How the provider authenticated the user, as in the claim <c>amr</c> (RFC 8176).</summary>
    public string[] Amr { get; set; } = [];

    /// <summary>
    /// The account's <see cref="Accounts.User.SecurityStamp"/> when the code was issued; the code is invalid once it changes.
    /// </summary>
    public Guid? SecurityStamp { get; set; }

    /// <summary>
    /// The SHA-256 of the client's verifier in base64url (RFC 7636, S256), required with the one-time code; null where no code is sent in a
    /// URL.
    /// </summary>
    public string? Challenge { get; init; }

    /// <summary>The time when the one-time code was used.</summary>
    public DateTimeOffset? CodeUsedAt { get; set; }

    internal sealed class Mapping : IControlEntityConfiguration<SsoFlow>
    {
        public void Configure(EntityTypeBuilder<SsoFlow> builder)
        {
            builder.ToTable("sso_flows");
            builder.Property(flow => flow.Id).ValueGeneratedNever();
            builder.Property(flow => flow.Nonce).HasMaxLength(64);
            builder.Property(flow => flow.Amr).HasDefaultValueSql("'{}'");
            builder.Property(flow => flow.Challenge).HasMaxLength(CodeChallenge.Length);
            builder.Property(flow => flow.ReturnUrl).HasMaxLength(ReturnUrls.MaxLength);
            builder.HasOne<Tenant>().WithMany().HasForeignKey(flow => flow.TenantId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(flow => flow.ExpiresAt);
            builder.HasIndex(flow => flow.UserId).HasFilter("user_id IS NOT NULL AND code_used_at IS NULL");
        }
    }
}

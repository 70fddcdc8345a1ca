using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>
/// An API key of a service account. Name, scopes and networks never change, so that they can be cached; the row decides at every request
/// whether the key is still valid.
/// </summary>
internal sealed class ApiKey
{
    public const int NameMaxLength = 100;
    public const int MaxNetworks = 20;

    public required Guid Id { get; init; }

    public required Guid ServiceAccountId { get; init; }

    public required string Name { get; init; }

    /// <summary>The start of the key, by which people recognize it; see <see cref="ApiKeyText.GetHint"/>.</summary>
    public required string Hint { get; init; }

    /// <summary>The SHA-256 hash of the key. A slow hash is not needed, because a key has 256 random bits.</summary>
    public required byte[] KeyHash { get; init; }

    public required string[] Scopes { get; init; }

    /// <summary>The networks that the key may be used from, in CIDR notation; empty for all networks.</summary>
    public required string[] AllowedNetworks { get; init; }

    public required Guid CreatedBy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The end of the key; a rotation moves it forward to the end of the overlap.</summary>
    public required DateTimeOffset ExpiresAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>The key that a rotation created instead of this one.</summary>
    public Guid? ReplacedBy { get; set; }

    /// <summary>The time of the last use, accurate to about a minute; written only by <see cref="ApiKeyUses"/>.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>Matches keys that are neither revoked nor expired.</summary>
    public static Expression<Func<ApiKey, bool>> IsValidAt(DateTimeOffset now) => key => key.RevokedAt == null && key.ExpiresAt > now;

    internal sealed class Mapping : IControlEntityConfiguration<ApiKey>
    {
        public const int HintMaxLength = 20;

        public void Configure(EntityTypeBuilder<ApiKey> builder)
        {
            builder.ToTable("api_keys");
            builder.Property(key => key.Id).ValueGeneratedNever();
            builder.Property(key => key.Name).HasMaxLength(NameMaxLength);
            builder.Property(key => key.Hint).HasMaxLength(HintMaxLength);
            builder.HasOne<ServiceAccount>().WithMany().HasForeignKey(key => key.ServiceAccountId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(key => key.KeyHash).IsUnique();
            builder.HasIndex(key => key.ExpiresAt);
            builder.HasIndex(key => new
            {
                key.ServiceAccountId,
                key.CreatedAt,
                key.Id,
            });
        }
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;

namespace SaaS.Core.Encryption;

/// <summary>One version of a key that encrypts a tenant's secrets, wrapped by the master key, which is in no database.</summary>
internal sealed class StoredCipherKey
{
    /// <summary>The tenant's id, without a foreign key, because a tenant's first secret is encrypted before the tenant is stored.</summary>
    public required Guid TenantId { get; init; }

    public required string Purpose { get; init; }

    public required int Version { get; init; }

    /// <summary>The fingerprint of the master key that wraps it.</summary>
    public required string MasterKey { get; init; }

    public required byte[] Wrapped { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    internal sealed class Mapping : IControlEntityConfiguration<StoredCipherKey>
    {
        public const string Key = "pk_cipher_keys";

        public void Configure(EntityTypeBuilder<StoredCipherKey> builder)
        {
            builder.ToTable("cipher_keys");
            builder
                .HasKey(key => new
                {
                    key.TenantId,
                    key.Purpose,
                    key.Version,
                })
                .HasName(Key);
            builder.Property(key => key.Purpose).HasMaxLength(50);
            builder.Property(key => key.MasterKey).HasMaxLength(16);
        }
    }
}

using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// A key of the ring as stored: an id and its times. The bytes are derived from the configured secret and the id, so that a
/// database dump cannot sign and a new key needs no new configuration.
/// </summary>
internal sealed class SigningKey
{
    private const int KeyLength = 64;

    /// <summary>16 hexadecimal digits: the <c>kid</c> of tokens and the salt of the derivation.</summary>
    public required string Id { get; init; }

    /// <summary>The fingerprint of the secret that the key is derived from: <see cref="ComputeFingerprint"/>.</summary>
    public required string SecretFingerprint { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The time at which another key took over signing; tokens of this one are still accepted.</summary>
    public DateTimeOffset? RetiredAt { get; set; }

    public static SigningKey Create(string secret, DateTimeOffset now) =>
        new()
        {
            Id = RandomNumberGenerator.GetHexString(16, lowercase: true),
            SecretFingerprint = ComputeFingerprint(secret),
            CreatedAt = now,
        };

    /// <summary>Computes an identifier of a secret that does not reveal it.</summary>
    public static string ComputeFingerprint(string secret) =>
        Convert.ToHexStringLower(
            HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), 8, info: "saas/fingerprint"u8.ToArray())
        );

    /// <param name="secret">The secret that the key is derived from.</param>
    /// <param name="purpose">Keys of different purposes are independent: a signature of one is never valid for another.</param>
    public byte[] Derive(string secret, string purpose) =>
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            Encoding.UTF8.GetBytes(secret),
            KeyLength,
            salt: Encoding.UTF8.GetBytes(Id),
            info: Encoding.UTF8.GetBytes($"saas/{purpose}")
        );

    internal sealed class Mapping : IControlEntityConfiguration<SigningKey>
    {
        public const string CurrentKeyIndex = "ix_signing_keys_in_use";

        public void Configure(EntityTypeBuilder<SigningKey> builder)
        {
            builder.ToTable("signing_keys");
            builder.Property(key => key.Id).HasMaxLength(16).ValueGeneratedNever();
            builder.Property(key => key.SecretFingerprint).HasMaxLength(16);
            builder.HasIndex(key => key.SecretFingerprint).IsUnique().HasFilter("retired_at IS NULL").HasDatabaseName(CurrentKeyIndex);
        }
    }
}

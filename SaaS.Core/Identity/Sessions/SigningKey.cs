using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// One key of the ring, as the database knows it: a name and its times. The bytes are derived from the configured secret
/// and that name, so that a dump of the database signs nothing, and a new key needs no new configuration.
/// </summary>
internal sealed class SigningKey
{
    private const int KeyLength = 64;

    /// <summary>16 hexadecimal digits; tokens name their key by it (<c>kid</c>), and it is the salt of the derivation.</summary>
    public required string Id { get; init; }

    /// <summary>Which secret it is derived from: <see cref="FingerprintOf"/>.</summary>
    public required string SecretFingerprint { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when another key signs; what this one has signed is still believed.</summary>
    public DateTimeOffset? RetiredAt { get; set; }

    public static SigningKey New(string secret, DateTimeOffset now) =>
        new() { Id = RandomNumberGenerator.GetHexString(16, lowercase: true), SecretFingerprint = FingerprintOf(secret), CreatedAt = now };

    /// <summary>Tells secrets apart without telling them.</summary>
    public static string FingerprintOf(string secret) =>
        Convert.ToHexStringLower(HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), 8, info: "saas/fingerprint"u8.ToArray()));

    /// <param name="secret">The one that the key is derived from.</param>
    /// <param name="purpose">Keys of different purposes share nothing: a signature of one can never pass for another's.</param>
    public byte[] Derive(string secret, string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), KeyLength, salt: Encoding.UTF8.GetBytes(Id), info: Encoding.UTF8.GetBytes($"saas/{purpose}"));

    internal sealed class Mapping : IEntityTypeConfiguration<SigningKey>
    {
        public const string OneInUse = "ix_signing_keys_in_use";

        public void Configure(EntityTypeBuilder<SigningKey> builder)
        {
            builder.ToTable("signing_keys");
            builder.Property(key => key.Id).HasMaxLength(16).ValueGeneratedNever();
            builder.Property(key => key.SecretFingerprint).HasMaxLength(16);
            builder.HasIndex(key => key.SecretFingerprint).IsUnique().HasFilter("retired_at IS NULL").HasDatabaseName(OneInUse);
        }
    }
}

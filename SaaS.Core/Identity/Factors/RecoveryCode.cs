using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Factors;

/// <summary>
/// A code that replaces a lost second factor once. Its 80 random bits cannot be guessed from the hash, so the hash needs no cost.
/// </summary>
internal sealed class RecoveryCode
{
    /// <summary>The number of codes that are made at once.</summary>
    public const int Count = 10;

    private const int Length = 16;

    // 32 characters, without i, l, o and u, which are easily confused (Crockford's base 32).
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    public required Guid UserId { get; init; }

    public required string CodeHash { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? UsedAt { get; init; }

    /// <summary>Creates a random code in groups of four characters.</summary>
    public static string Create() =>
        string.Join('-', RandomNumberGenerator.GetString(Alphabet, Length).Chunk(4).Select(group => new string(group)));

    /// <summary>Hashes a code for one account, regardless of hyphens and letter case.</summary>
    public static string Hash(Guid userId, string code)
    {
        var letters = code.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"recovery-code\n{userId:N}\n{letters}")));
    }

    internal sealed class Mapping : IControlEntityConfiguration<RecoveryCode>
    {
        public void Configure(EntityTypeBuilder<RecoveryCode> builder)
        {
            builder.ToTable("recovery_codes");
            builder.HasKey(code => new { code.UserId, code.CodeHash });
            builder.Property(code => code.CodeHash).HasMaxLength(64);
            builder.HasOne<User>().WithMany().HasForeignKey(code => code.UserId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Factors;

/// <summary>A second factor of an account.</summary>
internal sealed class Factor
{
    /// <summary>The encryption purpose of authenticator secrets.</summary>
    public const string SecretPurpose = "totp";

    public const int NameMaxLength = 100;

    /// <summary>The time in which a new authenticator must be confirmed.</summary>
    public static readonly TimeSpan ConfirmationTimeout = TimeSpan.FromHours(1);

    public required Guid Id { get; init; }

    public required Guid UserId { get; init; }

    public required FactorKind Kind { get; init; }

    /// <summary>A name that the owner recognizes.</summary>
    public required string Name { get; init; }

    /// <summary>The secret of an authenticator app.</summary>
    public string? EncryptedSecret { get; init; }

    /// <summary>The time step of the last accepted one-time password; no password is accepted twice.</summary>
    public long LastStep { get; init; }

    /// <summary>The id that a passkey was registered with at its authenticator.</summary>
    public byte[]? CredentialId { get; init; }

    /// <summary>The public key of a passkey, in COSE.</summary>
    public byte[]? PublicKey { get; init; }

    /// <summary>The number of signatures that the authenticator of a passkey has stated; 0 when it does not count.</summary>
    public long SignCount { get; init; }

    /// <summary>True when a passkey may be copied to other devices of its owner.</summary>
    public bool IsBackupEligible { get; init; }

    /// <summary>True when a passkey is copied to other devices of its owner, as last stated.</summary>
    public bool IsBackedUp { get; init; }

    /// <summary>The time when the owner proved to have the factor; null until then, and it has no effect before.</summary>
    public DateTimeOffset? ConfirmedAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    internal sealed class Mapping : IControlEntityConfiguration<Factor>
    {
        public const string CredentialIndex = "ix_factors_credential_id";

        public void Configure(EntityTypeBuilder<Factor> builder)
        {
            builder.ToTable("factors");
            builder.Property(factor => factor.Id).ValueGeneratedNever();
            builder.Property(factor => factor.Kind).HasConversion<string>().HasMaxLength(20);
            builder.Property(factor => factor.Name).HasMaxLength(NameMaxLength);
            builder.Property(factor => factor.LastStep).HasDefaultValue(0L);
            builder.HasOne<User>().WithMany().HasForeignKey(factor => factor.UserId).OnDelete(DeleteBehavior.Cascade);
            builder.Property(factor => factor.CredentialId).HasMaxLength(1023); // WebAuthn's limit
            builder.Property(factor => factor.SignCount).HasDefaultValue(0L);
            builder.Property(factor => factor.IsBackupEligible).HasDefaultValue(false);
            builder.Property(factor => factor.IsBackedUp).HasDefaultValue(false);
            builder.HasIndex(factor => factor.CredentialId).IsUnique().HasDatabaseName(CredentialIndex);
            builder.HasIndex(factor => new { factor.UserId, factor.Id });
            builder.HasIndex(factor => factor.UserId).IsUnique().HasFilter("kind = 'Totp'").HasDatabaseName("ix_factors_one_totp");
        }
    }
}

/// <summary>The kinds of second factors.</summary>
public enum FactorKind
{
    /// <summary>An authenticator app (RFC 6238).</summary>
    Totp,

    /// <summary>A passkey or security key (WebAuthn).</summary>
    Passkey,
}

/// <summary>The ways to prove a second factor.</summary>
public enum FactorMethod
{
    /// <summary>A one-time password of an authenticator app.</summary>
    Totp,

    /// <summary>A passkey or security key.</summary>
    Passkey,

    /// <summary>A recovery code.</summary>
    Recovery,
}

internal static class FactorKinds
{
    /// <summary>Returns the name in JSON: totp, passkey or recovery.</summary>
    public static string ToJsonName(this FactorMethod method) =>
        method switch
        {
            FactorMethod.Totp => "totp",
            FactorMethod.Passkey => "passkey",
            FactorMethod.Recovery => "recovery",
        };

    /// <summary>Returns the name in JSON and in events: totp or passkey.</summary>
    public static string ToJsonName(this FactorKind kind) =>
        kind switch
        {
            FactorKind.Totp => "totp",
            FactorKind.Passkey => "passkey",
        };
}

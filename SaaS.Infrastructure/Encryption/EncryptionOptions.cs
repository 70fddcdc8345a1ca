using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Encryption;

/// <summary>Settings of encryption at rest and of key rotation.</summary>
public sealed class EncryptionOptions
{
    /// <summary>The provider that encrypts from now on. Neither provider can decrypt the values of the other.</summary>
    public CipherProvider? Provider { get; init; }

    /// <summary>
    /// The previous provider, during a migration: it still decrypts its values, and <c>rotate-encryption-keys</c> re-encrypts them with the
    /// current one.
    /// </summary>
    public CipherProvider? FormerProvider { get; init; }

    /// <summary>The master key of the key ring: base64 of 32 random bytes. Set this or <see cref="MasterKeyFile"/>.</summary>
    [Secret]
    public string? MasterKey { get; init; }

    /// <summary>A file that holds the master key and that only its owner may read.</summary>
    public string? MasterKeyFile { get; init; }

    /// <summary>Previous master keys, for as long as keys are wrapped with them.</summary>
    [Secret]
    public IReadOnlyList<string> RetiredMasterKeys { get; init; } = [];

    /// <summary>The rotation job skips keys that are younger than this, so that an interrupted run continues where it stopped.</summary>
    public TimeSpan RotateAfter { get; init; } = TimeSpan.FromDays(20);
}

/// <summary>The providers of encryption keys.</summary>
public enum CipherProvider
{
    /// <summary>Keys in the control database, wrapped with a master key from the configuration.</summary>
    KeyRing,

    /// <summary>Keys in Vault's transit engine, which they never leave.</summary>
    Vault,
}

using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Encryption;

/// <summary>What seals secrets at rest, and how often its keys change.</summary>
public sealed class EncryptionOptions
{
    /// <summary>What seals from now on. Neither opens what the other has sealed.</summary>
    public CipherProvider? Provider { get; init; }

    /// <summary>What sealed before, while an installation moves: it still opens what it has sealed, and <c>rotate-encryption-keys</c> seals that anew.</summary>
    public CipherProvider? FormerProvider { get; init; }

    /// <summary>Of the key ring: base64 of 32 random bytes; this or <see cref="MasterKeyFile"/>.</summary>
    [Secret]
    public string? MasterKey { get; init; }

    /// <summary>A file that holds it, and that nobody but its owner may read.</summary>
    public string? MasterKeyFile { get; init; }

    /// <summary>What was the master key before, until nothing is wrapped with it any more.</summary>
    [Secret]
    public IReadOnlyList<string> RetiredMasterKeys { get; init; } = [];

    /// <summary>A key that is younger is left alone by the job that rotates; so a run that was cut off is taken up where it ended.</summary>
    public TimeSpan RotateAfter { get; init; } = TimeSpan.FromDays(20);
}

/// <summary>Where the keys are.</summary>
public enum CipherProvider
{
    /// <summary>In the control database, wrapped with a master key from the configuration.</summary>
    KeyRing,

    /// <summary>In Vault's transit engine, which they never leave.</summary>
    Vault,
}

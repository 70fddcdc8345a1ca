using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace SaaS.Infrastructure.Encryption;

/// <summary>
/// Encrypts secrets at rest under a key for each tenant and purpose; a value cannot be decrypted for another tenant or purpose. An
/// encrypted value names the version of its key (<c>ring:v2:…</c>, <c>vault:v1:…</c>), and a value that cannot be decrypted is a <see
/// cref="CryptographicException"/>.
/// </summary>
public abstract partial class Cipher
{
    /// <summary>The prefix of the values that this cipher encrypts.</summary>
    public abstract string ProviderPrefix { get; }

    /// <summary>Encrypts a value with the newest version of the key, which is created if it does not exist.</summary>
    public async Task<string> EncryptAsync(string plaintext, Guid tenantId, string purpose, CancellationToken ct) =>
        (await EncryptAsync([plaintext], tenantId, purpose, ct))[0];

    /// <summary>Encrypts many values in about the time of one; all or none.</summary>
    public abstract Task<IReadOnlyList<string>> EncryptAsync(
        IReadOnlyList<string> plaintexts,
        Guid tenantId,
        string purpose,
        CancellationToken ct
    );

    public async Task<string> DecryptAsync(string ciphertext, Guid tenantId, string purpose, CancellationToken ct) =>
        (await DecryptAsync([ciphertext], tenantId, purpose, ct))[0];

    /// <summary>Decrypts many values in about the time of one; all or none.</summary>
    public abstract Task<IReadOnlyList<string>> DecryptAsync(
        IReadOnlyList<string> ciphertexts,
        Guid tenantId,
        string purpose,
        CancellationToken ct
    );

    /// <summary>
    /// Re-encrypts values with the newest version of the key. They may be encrypted with any version that is not retired.
    /// </summary>
    public abstract Task<IReadOnlyList<string>> ReencryptAsync(
        IReadOnlyList<string> ciphertexts,
        Guid tenantId,
        string purpose,
        CancellationToken ct
    );

    /// <returns>The newest version of the key; null when nothing has been encrypted yet.</returns>
    public abstract Task<CipherKey?> FindKeyAsync(Guid tenantId, string purpose, CancellationToken ct);

    /// <summary>Creates a new version of the key, which encrypts from now on. Older versions still decrypt.</summary>
    public abstract Task<CipherKey> RotateAsync(Guid tenantId, string purpose, CancellationToken ct);

    /// <summary>
    /// Retires all versions before this one: values that they encrypted can no longer be decrypted. Keep the version before the newest,
    /// because a value that was just encrypted with it may not be stored yet.
    /// </summary>
    public abstract Task RetireBeforeAsync(int version, Guid tenantId, string purpose, CancellationToken ct);

    /// <summary>
    /// Destroys all keys of a tenant. Everything that was encrypted for the tenant becomes unreadable, copies and backups without the keys
    /// included.
    /// </summary>
    public abstract Task DestroyAsync(Guid tenantId, CancellationToken ct);

    /// <summary>Indicates whether a value is encrypted with this version of the key, so that it needs no re-encryption.</summary>
    public bool HasEncrypted(string ciphertext, CipherKey key) => IsOwn(ciphertext) && VersionOf(ciphertext) == key.Version;

    /// <summary>Indicates whether this cipher encrypted a value, rather than the provider before it.</summary>
    public bool IsOwn(string ciphertext) => GetProviderPrefix(ciphertext) == ProviderPrefix;

    /// <summary>Reads the key version from an encrypted value.</summary>
    public static int VersionOf(string ciphertext) =>
        int.Parse(PartsOf(ciphertext)["version"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>Reads the prefix of the cipher from an encrypted value.</summary>
    protected static string GetProviderPrefix(string ciphertext) => PartsOf(ciphertext)["sealer"].Value;

    private static GroupCollection PartsOf(string ciphertext) =>
        Shape().Match(ciphertext) is { Success: true } match
            ? match.Groups
            : throw new CryptographicException("The value has no key version, so it was not encrypted by a cipher of this system.");

    /// <summary>Validates a purpose: it becomes part of key names in Vault.</summary>
    private protected static string ValidatePurpose(string purpose) =>
        Purpose().IsMatch(purpose)
            ? purpose
            : throw new ArgumentException("A purpose may contain only lower-case letters, digits and hyphens.", nameof(purpose));

    [GeneratedRegex("^(?<sealer>ring|vault):v(?<version>[1-9][0-9]{0,8}):")]
    private static partial Regex Shape();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{0,49}\z")]
    private static partial Regex Purpose();
}

/// <summary>The newest version of a key.</summary>
/// <param name="IsCompromised">True when the master key that wraps this key is retired: the key should be rotated before it is due.</param>
public sealed record CipherKey(int Version, DateTimeOffset CreatedAt, bool IsCompromised = false);

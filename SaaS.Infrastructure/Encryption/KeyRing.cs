using System.Security.Cryptography;

namespace SaaS.Infrastructure.Encryption;

/// <summary>The cached keys of one tenant and purpose. Not a record, because its ToString would print the keys.</summary>
internal sealed class KeyRing(IReadOnlyDictionary<int, byte[]> keys, WrappedKey? newest, bool isCompromised, long readAt)
{
    public int? Newest => newest?.Version;

    public long ReadAt => readAt;

    /// <summary>
    /// True while values that were encrypted with derived keys can still be decrypted: until the first stored key is retired.
    /// </summary>
    public bool CanDecryptDerived => keys.Count is 0 || keys.ContainsKey(KeyRingCipher.FirstStoredVersion);

    public CipherKey? Describe() => newest is null ? null : new CipherKey(newest.Version, newest.CreatedAt, isCompromised);

    public bool Has(int version) => keys.ContainsKey(version);

    public byte[] Key(int version) =>
        keys.TryGetValue(version, out var key)
            ? key
            : throw new CryptographicException($"Version {version} of the key is destroyed or retired, or does not exist.");
}

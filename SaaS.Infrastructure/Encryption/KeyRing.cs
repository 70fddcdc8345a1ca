using System.Security.Cryptography;

namespace SaaS.Infrastructure.Encryption;

/// <summary>The keys of one tenant and purpose, as they were read a moment ago. Not a record: one would print them.</summary>
internal sealed class KeyRing(IReadOnlyDictionary<int, byte[]> keys, WrappedKey? newest, bool isCompromised, long readAt)
{
    public int? Newest => newest?.Version;

    public long ReadAt => readAt;

    /// <summary>Whether values of a time before keys were kept still open: until the first key that was kept is retired.</summary>
    public bool OpensDerived => keys.Count is 0 || keys.ContainsKey(KeyRingCipher.FirstKept);

    public CipherKey? Describe() => newest is null ? null : new CipherKey(newest.Version, newest.CreatedAt, isCompromised);

    public bool Has(int version) => keys.ContainsKey(version);

    public byte[] Key(int version) => keys.TryGetValue(version, out var key) ? key : throw new CryptographicException($"Version {version} of the key is destroyed, retired, or was never there.");
}

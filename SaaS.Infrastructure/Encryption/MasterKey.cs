using System.Security.Cryptography;

namespace SaaS.Infrastructure.Encryption;

/// <summary>The master key that wraps the keys of a key ring: 32 random bytes that are not in any database.</summary>
internal sealed class MasterKey
{
    private readonly byte[] _bytes;
    private readonly byte[] _wrapping;

    public MasterKey(byte[] bytes)
    {
        _bytes = bytes;
        _wrapping = Derive("saas/key-wrapping"u8.ToArray());
        Fingerprint = Convert.ToHexStringLower(HKDF.DeriveKey(HashAlgorithmName.SHA256, bytes, 8, info: "saas/fingerprint"u8.ToArray()));
    }

    /// <summary>Identifies the master key without revealing it.</summary>
    public string Fingerprint { get; }

    public byte[] Wrap(byte[] key, byte[] context) => AesBox.Encrypt(_wrapping, key, context);

    public byte[] Unwrap(byte[] wrapped, byte[] context) => AesBox.Decrypt(_wrapping, wrapped, context);

    /// <summary>Derives a key (HKDF, RFC 5869). It cannot be destroyed while the master key exists.</summary>
    public byte[] Derive(byte[] context) => HKDF.DeriveKey(HashAlgorithmName.SHA256, _bytes, AesBox.KeyLength, salt: null, info: context);

    public override string ToString() => $"master key {Fingerprint}";
}

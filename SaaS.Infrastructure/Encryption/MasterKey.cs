using System.Security.Cryptography;

namespace SaaS.Infrastructure.Encryption;

/// <summary>What the keys of a key ring are wrapped with: 32 random bytes that are nowhere in a database.</summary>
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

    /// <summary>Tells master keys apart without telling them.</summary>
    public string Fingerprint { get; }

    public byte[] Wrap(byte[] key, byte[] context) => AesBox.Seal(_wrapping, key, context);

    public byte[] Unwrap(byte[] wrapped, byte[] context) => AesBox.Open(_wrapping, wrapped, context);

    /// <summary>A key that is computed (HKDF, RFC 5869) instead of being kept: whoever has the master key has it for ever.</summary>
    public byte[] Derive(byte[] context) => HKDF.DeriveKey(HashAlgorithmName.SHA256, _bytes, AesBox.KeyLength, salt: null, info: context);

    public override string ToString() => $"master key {Fingerprint}";
}

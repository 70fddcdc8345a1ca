using System.Security.Cryptography;
using System.Text;

namespace SaaS.Platform.Secrets;

/// <summary>
/// AES-256-GCM under a key that HKDF (RFC 5869) derives from the master key for one tenant and one purpose.
/// The value is <c>ring:v1:</c> and the base64 of nonce, tag and ciphertext.
/// </summary>
public sealed class KeyRingCipher(byte[] masterKey) : Cipher
{
    private const string Prefix = "ring:v1:";
    private const int KeyLength = 32;

    public override string Seal(string plaintext, Guid tenantId, string purpose)
    {
        var plain = Encoding.UTF8.GetBytes(plaintext);
        var value = new byte[AesGcm.NonceByteSizes.MaxSize + AesGcm.TagByteSizes.MaxSize + plain.Length];
        var (nonce, tag, ciphertext) = Parts(value);
        RandomNumberGenerator.Fill(nonce.Span);

        using var aes = new AesGcm(KeyOf(tenantId, purpose), AesGcm.TagByteSizes.MaxSize);
        aes.Encrypt(nonce.Span, plain, ciphertext.Span, tag.Span, Context(tenantId, purpose));
        return Prefix + Convert.ToBase64String(value);
    }

    public override string Unseal(string sealedText, Guid tenantId, string purpose)
    {
        if (!sealedText.StartsWith(Prefix, StringComparison.Ordinal))
        {
            throw new CryptographicException("The value was not sealed by this key ring.");
        }

        var (nonce, tag, ciphertext) = Parts(Convert.FromBase64String(sealedText[Prefix.Length..]));
        var plain = new byte[ciphertext.Length];

        using var aes = new AesGcm(KeyOf(tenantId, purpose), AesGcm.TagByteSizes.MaxSize);
        aes.Decrypt(nonce.Span, ciphertext.Span, tag.Span, plain, Context(tenantId, purpose));
        return Encoding.UTF8.GetString(plain);
    }

    private static (Memory<byte> Nonce, Memory<byte> Tag, Memory<byte> Ciphertext) Parts(Memory<byte> value)
    {
        var nonce = AesGcm.NonceByteSizes.MaxSize;
        var tag = AesGcm.TagByteSizes.MaxSize;
        return (value[..nonce], value.Slice(nonce, tag), value[(nonce + tag)..]);
    }

    private byte[] KeyOf(Guid tenantId, string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, masterKey, KeyLength, salt: null, info: Context(tenantId, purpose));

    private static byte[] Context(Guid tenantId, string purpose) => Encoding.UTF8.GetBytes($"saas/{tenantId}/{purpose}");
}

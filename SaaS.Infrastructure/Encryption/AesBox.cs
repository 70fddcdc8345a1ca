using System.Security.Cryptography;

namespace SaaS.Infrastructure.Encryption;

/// <summary>AES-256-GCM with a random nonce; the output is nonce, tag and ciphertext, concatenated.</summary>
internal static class AesBox
{
    public const int KeyLength = 32;

    /// <param name="context">Associated data that binds the content to its owner; decryption needs the same value.</param>
    public static byte[] Encrypt(byte[] key, ReadOnlySpan<byte> content, byte[] context)
    {
        var box = new byte[AesGcm.NonceByteSizes.MaxSize + AesGcm.TagByteSizes.MaxSize + content.Length];
        var (nonce, tag, ciphertext) = Parts(box);
        RandomNumberGenerator.Fill(nonce.Span);

        using var aes = new AesGcm(key, AesGcm.TagByteSizes.MaxSize);
        aes.Encrypt(nonce.Span, content, ciphertext.Span, tag.Span, context);
        return box;
    }

    /// <exception cref="CryptographicException">The value was tampered with, or was encrypted with another key or context.</exception>
    public static byte[] Decrypt(byte[] key, byte[] box, byte[] context)
    {
        if (box.Length < AesGcm.NonceByteSizes.MaxSize + AesGcm.TagByteSizes.MaxSize)
        {
            throw new CryptographicException("The value is too short to be encrypted.");
        }

        var (nonce, tag, ciphertext) = Parts(box);
        var content = new byte[ciphertext.Length];
        using var aes = new AesGcm(key, AesGcm.TagByteSizes.MaxSize);
        aes.Decrypt(nonce.Span, ciphertext.Span, tag.Span, content, context);
        return content;
    }

    private static (Memory<byte> Nonce, Memory<byte> Tag, Memory<byte> Ciphertext) Parts(Memory<byte> box)
    {
        var nonce = AesGcm.NonceByteSizes.MaxSize;
        var tag = AesGcm.TagByteSizes.MaxSize;
        return (box[..nonce], box.Slice(nonce, tag), box[(nonce + tag)..]);
    }
}

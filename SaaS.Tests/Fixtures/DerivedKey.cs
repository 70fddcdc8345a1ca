using System.Security.Cryptography;
using System.Text;

namespace SaaS.Tests.Fixtures;

/// <summary>
/// Encrypts like builds that stored no keys: nonce, tag and ciphertext under HKDF(master key, "saas/{tenant}/{purpose}").
/// </summary>
internal static class DerivedKey
{
    public static string Encrypt(string secret, byte[] master, Guid tenantId, string purpose)
    {
        var context = Encoding.UTF8.GetBytes($"saas/{tenantId}/{purpose}");
        var plain = Encoding.UTF8.GetBytes(secret);
        var value = new byte[12 + 16 + plain.Length];
        RandomNumberGenerator.Fill(value.AsSpan(0, 12));
        using var aes = new AesGcm(HKDF.DeriveKey(HashAlgorithmName.SHA256, master, 32, salt: null, info: context), 16);
        aes.Encrypt(value.AsSpan(0, 12), plain, value.AsSpan(28), value.AsSpan(12, 16), context);
        return $"ring:v1:{Convert.ToBase64String(value)}";
    }
}

using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>
/// The text of API keys: <c>saas_{tenant}_{random}_{checksum}</c>. Tenant is the last 8 hexadecimal digits of the tenant's id, random has
/// 256 bits in base62, and the checksum is the CRC-32C of all before it in base62. A scanner recognizes a leaked key by the prefix and the
/// checksum, and a mistyped key is rejected without a query.
/// </summary>
internal static class ApiKeyText
{
    public const string Prefix = "saas_";

    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int TenantLength = 8;
    private const int RandomBytes = 32;
    private const int RandomLength = 43; // 256 bits in base62
    private const int ChecksumLength = 6; // 32 bits in base62
    private const int HintDigits = 4;
    private const int Length = 5 + TenantLength + 1 + RandomLength + 1 + ChecksumLength;

    /// <summary>Creates a new key.</summary>
    public static string Create(Guid tenantId)
    {
        var random = ToBase62(new BigInteger(RandomNumberGenerator.GetBytes(RandomBytes), isUnsigned: true), RandomLength);
        var text = $"{Prefix}{tenantId.ToString("N")[^TenantLength..]}_{random}";
        return $"{text}_{ComputeChecksum(text)}";
    }

    /// <summary>Checks the form and the checksum of a key.</summary>
    public static bool IsWellFormed(string key)
    {
        var checksumAt = key.Length - ChecksumLength;
        return key.Length == Length
            && key.StartsWith(Prefix, StringComparison.Ordinal)
            && key.All(char.IsAscii)
            && key[checksumAt - 1] == '_'
            && key.AsSpan(checksumAt).SequenceEqual(ComputeChecksum(key[..(checksumAt - 1)]));
    }

    public static byte[] ComputeHash(string key) => SHA256.HashData(Encoding.ASCII.GetBytes(key));

    /// <summary>Returns the start of a key, with the first 4 of its 43 random digits.</summary>
    public static string GetHint(string key) => key[..(Prefix.Length + TenantLength + 1 + HintDigits)];

    private static string ComputeChecksum(string text) =>
        ToBase62(~text.Aggregate(uint.MaxValue, (crc, character) => BitOperations.Crc32C(crc, (byte)character)), ChecksumLength);

    private static string ToBase62(BigInteger number, int length) =>
        string.Create(
            length,
            number,
            static (digits, rest) =>
            {
                for (var at = digits.Length - 1; at >= 0; at--)
                {
                    rest = BigInteger.DivRem(rest, Digits.Length, out var digit);
                    digits[at] = Digits[(int)digit];
                }
            }
        );
}

using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace SaaS.Core.Sessions;

/// <summary>
/// A refresh token is <c>{session}.{number}.{mac}</c>. It is computed, not stored: the database holds only the number
/// that is good, and the answer to a repeated question can be the same token again.
/// </summary>
internal sealed class RefreshTokens(IOptions<JwtOptions> jwt)
{
    // A key of its own, derived from the signing key: an access token's signature can never pass for a refresh token's.
    private readonly byte[] _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(jwt.Value.SigningKey), 32, info: "saas/refresh-token"u8.ToArray());

    public string Issue(Guid sessionId, int generation)
    {
        var claim = string.Create(CultureInfo.InvariantCulture, $"{sessionId:N}.{generation}");
        return $"{claim}.{Base64Url.EncodeToString(Sign(claim))}";
    }

    /// <returns>Which session and which of its tokens this is; null when we have never issued it.</returns>
    public (Guid SessionId, int Generation)? Read(string token)
    {
        var end = token.LastIndexOf('.');
        if (end < 0 || token[..end].Split('.') is not [var session, var number] || !IsSignedBy(token[..end], token[(end + 1)..]))
        {
            return null;
        }

        return (Guid.ParseExact(session, "N"), int.Parse(number, CultureInfo.InvariantCulture));
    }

    private bool IsSignedBy(string claim, string mac)
    {
        Span<byte> given = stackalloc byte[32];
        return Base64Url.DecodeFromChars(mac, given, out _, out var length) is OperationStatus.Done
            && length == given.Length
            && CryptographicOperations.FixedTimeEquals(given, Sign(claim));
    }

    private byte[] Sign(string claim) => HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(claim));
}

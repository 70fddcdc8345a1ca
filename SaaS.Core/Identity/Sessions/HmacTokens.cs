using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// Issues HMAC tokens, which are computed instead of stored: <c>{payload}.{key}.{mac}</c>, HMAC-SHA-256 over purpose and payload.
/// A database dump therefore contains no tokens, and the same token can be issued again when a response or a mail was lost.
/// </summary>
internal sealed class HmacTokens(SigningKeyRing ring)
{
    /// <summary>The maximum lifetime of tokens other than refresh tokens; keys are kept at least this long.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(7);

    private const int MacLength = 32;

    /// <param name="purpose">A token of one purpose is invalid for any other.</param>
    /// <param name="payload">The payload, which may be any text.</param>
    public async Task<string> IssueAsync(string purpose, string payload, CancellationToken ct)
    {
        var key = await ring.GetCurrentKeyAsync(ct);
        return $"{payload}.{key.Id}.{Base64Url.EncodeToString(Sign(key, purpose, payload))}";
    }

    /// <returns>The payload; null when we did not issue the token for this purpose.</returns>
    public async Task<string?> ValidateAsync(string purpose, string token, CancellationToken ct)
    {
        var macAt = token.LastIndexOf('.');
        var keyAt = macAt > 0 ? token.LastIndexOf('.', macAt - 1) : -1;
        if (keyAt < 0 || await ring.FindAsync(token[(keyAt + 1)..macAt], ct) is not { } key)
        {
            return null;
        }

        var payload = token[..keyAt];
        return IsMac(token.AsSpan(macAt + 1), Sign(key, purpose, payload)) ? payload : null;
    }

    private static bool IsMac(ReadOnlySpan<char> given, byte[] expected)
    {
        Span<byte> mac = stackalloc byte[MacLength];
        return Base64Url.DecodeFromChars(given, mac, out _, out var length) is OperationStatus.Done
            && length == MacLength
            && CryptographicOperations.FixedTimeEquals(mac, expected);
    }

    private static byte[] Sign(RingKey key, string purpose, string payload) =>
        HMACSHA256.HashData(key.HmacTokenKey, Encoding.UTF8.GetBytes($"{purpose}\n{payload}"));
}

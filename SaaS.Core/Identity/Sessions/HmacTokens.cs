using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// Tokens that are computed instead of stored: <c>{what it says}.{key}.{mac}</c>, HMAC-SHA-256 over the purpose and the
/// words. The database holds only what the words point to, so a dump of it opens nothing, and the same token can be made
/// again when an answer or a mail got lost.
/// </summary>
internal sealed class HmacTokens(SigningKeyRing ring)
{
    /// <summary>No token but a refresh token may be meant to be good for longer: keys are kept as long as this.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromDays(7);

    private const int MacLength = 32;

    /// <param name="purpose">A token of one purpose is none of another.</param>
    /// <param name="words">What the token says; any text.</param>
    public async Task<string> IssueAsync(string purpose, string words, CancellationToken ct)
    {
        var key = await ring.InUseAsync(ct);
        return $"{words}.{key.Id}.{Base64Url.EncodeToString(Sign(key, purpose, words))}";
    }

    /// <returns>What the token says; null when we have never issued it for this purpose.</returns>
    public async Task<string?> ReadAsync(string purpose, string token, CancellationToken ct)
    {
        var macAt = token.LastIndexOf('.');
        var keyAt = macAt > 0 ? token.LastIndexOf('.', macAt - 1) : -1;
        if (keyAt < 0 || await ring.FindAsync(token[(keyAt + 1)..macAt], ct) is not { } key)
        {
            return null;
        }

        var words = token[..keyAt];
        return IsMac(token.AsSpan(macAt + 1), Sign(key, purpose, words)) ? words : null;
    }

    private static bool IsMac(ReadOnlySpan<char> given, byte[] expected)
    {
        Span<byte> mac = stackalloc byte[MacLength];
        return Base64Url.DecodeFromChars(given, mac, out _, out var length) is OperationStatus.Done
            && length == MacLength
            && CryptographicOperations.FixedTimeEquals(mac, expected);
    }

    private static byte[] Sign(RingKey key, string purpose, string words) =>
        HMACSHA256.HashData(key.ForComputedTokens, Encoding.UTF8.GetBytes($"{purpose}\n{words}"));
}

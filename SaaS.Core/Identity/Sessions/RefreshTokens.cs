using System.Globalization;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// A refresh token says which session it belongs to and which of its numbers it is. The row holds only the number that is
/// good, and the answer to a repeated question can be a token of the same number again.
/// </summary>
internal sealed class RefreshTokens(HmacTokens tokens)
{
    private const string Purpose = "refresh-token";

    public Task<string> IssueAsync(Guid sessionId, int generation, CancellationToken ct) =>
        tokens.IssueAsync(Purpose, string.Create(CultureInfo.InvariantCulture, $"{sessionId:N}.{generation}"), ct);

    /// <returns>Which session and which of its tokens this is; null when we have never issued it.</returns>
    public async Task<(Guid SessionId, int Generation)?> ReadAsync(string token, CancellationToken ct) =>
        (await tokens.ReadAsync(Purpose, token, ct))?.Split('.') is [var session, var number]
            ? (Guid.ParseExact(session, "N"), int.Parse(number, CultureInfo.InvariantCulture))
            : null;
}

using System.Globalization;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// Issues refresh tokens that name a session and a generation. The row stores only the valid generation, so a repeated request
/// can get the same token again.
/// </summary>
internal sealed class RefreshTokens(HmacTokens tokens)
{
    private const string Purpose = "refresh-token";

    public Task<string> IssueAsync(Guid sessionId, int generation, CancellationToken ct) =>
        tokens.IssueAsync(Purpose, string.Create(CultureInfo.InvariantCulture, $"{sessionId:N}.{generation}"), ct);

    /// <returns>The session and generation of the token; null when we did not issue it.</returns>
    public async Task<(Guid SessionId, int Generation)?> ValidateAsync(string token, CancellationToken ct) =>
        (await tokens.ValidateAsync(Purpose, token, ct))?.Split('.') is [var session, var number]
            ? (Guid.ParseExact(session, "N"), int.Parse(number, CultureInfo.InvariantCulture))
            : null;
}

using System.Security.Claims;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace SaaS.Core.Identity.Sessions;

/// <summary>What stands in the cookie of a browser that is signed in to a page of ours. It lasts as long as its session and is never renewed.</summary>
internal sealed class BrowserTokens(SignedTokens tokens, IOptions<SessionOptions> options)
{
    private const string Type = "browser+jwt";

    private readonly TokenValidationParameters _validation = tokens.ValidationOf(Type);

    public TimeSpan Lifetime => options.Value.BrowserSessionLifetime;

    public Task<string> IssueAsync(Guid userId, Guid sessionId, CancellationToken ct) => tokens.IssueAsync(Type, userId, sessionId, Lifetime, ct);

    /// <returns>What a good token says; null for any other text.</returns>
    public Task<ClaimsPrincipal?> ReadAsync(string token, CancellationToken ct) => tokens.ReadAsync(token, _validation, ct);
}

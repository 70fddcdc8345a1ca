using System.Security.Claims;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// Issues the cookie token of a browser that is signed in to one of our pages. A token lasts as long as its session and is never renewed.
/// </summary>
internal sealed class BrowserTokens(SignedTokens tokens, IOptions<SessionOptions> options)
{
    private const string Type = "browser+jwt";

    private readonly TokenValidationParameters _validation = tokens.CreateValidationParameters(Type);

    public TimeSpan Lifetime => options.Value.BrowserSessionLifetime;

    public Task<string> IssueAsync(Guid userId, Guid sessionId, CancellationToken ct) =>
        tokens.IssueAsync(Type, userId, sessionId, Lifetime, ct);

    /// <returns>The claims of a valid token; null for any other text.</returns>
    public Task<ClaimsPrincipal?> ValidateAsync(string token, CancellationToken ct) => tokens.ValidateAsync(token, _validation, ct);
}

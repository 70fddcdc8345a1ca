using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace SaaS.Core.Identity.Sessions;

/// <summary>Signs access tokens, and says what a good one looks like.</summary>
public sealed class AccessTokens
{
    private const string Type = "at+jwt"; // RFC 9068

    private readonly SignedTokens _tokens;

    internal AccessTokens(SignedTokens tokens, IOptions<SessionOptions> options)
    {
        _tokens = tokens;
        Lifetime = options.Value.AccessTokenLifetime;
        Validation = tokens.ValidationOf(Type);
    }

    public TokenValidationParameters Validation { get; }

    public TimeSpan Lifetime { get; }

    /// <summary>Asks for the key that a token names, before the token is validated. What keeps it from being asked for is thrown.</summary>
    public Task FindKeyAsync(string token, CancellationToken ct) => _tokens.FindKeyAsync(token, ct);

    internal Task<string> IssueAsync(Guid userId, Guid sessionId, CancellationToken ct) => _tokens.IssueAsync(Type, userId, sessionId, Lifetime, ct);
}

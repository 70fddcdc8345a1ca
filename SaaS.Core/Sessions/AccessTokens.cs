using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace SaaS.Core.Sessions;

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

    internal Task<string> IssueAsync(Guid userId, Guid sessionId, CancellationToken ct) => _tokens.IssueAsync(Type, userId, sessionId, Lifetime, ct);
}

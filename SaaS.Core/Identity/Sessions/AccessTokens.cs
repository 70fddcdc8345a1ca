using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace SaaS.Core.Identity.Sessions;

/// <summary>Issues access tokens and defines how they are validated.</summary>
public sealed class AccessTokens
{
    private const string Type = "at+jwt"; // RFC 9068

    private readonly SignedTokens _tokens;

    internal AccessTokens(SignedTokens tokens, IOptions<SessionOptions> options)
    {
        _tokens = tokens;
        Lifetime = options.Value.AccessTokenLifetime;
        Validation = tokens.CreateValidationParameters(Type);
    }

    public TokenValidationParameters Validation { get; }

    public TimeSpan Lifetime { get; }

    /// <summary>Loads the key that a token names, before the token is validated. Throws when the keys cannot be read.</summary>
    public Task LoadKeyAsync(string token, CancellationToken ct) => _tokens.LoadKeyAsync(token, ct);

    internal Task<string> IssueAsync(Guid userId, Guid sessionId, CancellationToken ct) =>
        _tokens.IssueAsync(Type, userId, sessionId, Lifetime, ct);
}

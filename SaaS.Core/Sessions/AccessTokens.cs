using System.Security.Claims;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace SaaS.Core.Sessions;

/// <summary>Signs access tokens, and says what a good one looks like.</summary>
public sealed class AccessTokens
{
    // RFC 9068: the type keeps any other token signed with the same key from being taken for an access token.
    private const string TokenType = "at+jwt";

    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    private readonly SigningKeyRing _ring;
    private readonly JwtOptions _jwt;
    private readonly SessionOptions _sessions;
    private readonly TimeProvider _clock;

    internal AccessTokens(SigningKeyRing ring, IOptions<JwtOptions> jwt, IOptions<SessionOptions> sessions, TimeProvider clock)
    {
        (_ring, _jwt, _sessions, _clock) = (ring, jwt.Value, sessions.Value, clock);

        Validation = new TokenValidationParameters
        {
            ValidIssuer = _jwt.Issuer,
            ValidAudience = _jwt.Audience,
            ValidTypes = [TokenType],
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ConfigurationManager = new SigningKeyConfiguration(ring),
            TryAllIssuerSigningKeys = false, // the key that the token names, or none
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            ClockSkew = TimeSpan.FromSeconds(5),
            LifetimeValidator = IsCurrent,
        };
    }

    /// <summary>What a token must be to be believed; the algorithm is ours to choose, never the token's.</summary>
    public TokenValidationParameters Validation { get; }

    public TimeSpan Lifetime => _sessions.AccessTokenLifetime;

    internal async Task<string> IssueAsync(Guid userId, Guid sessionId, CancellationToken ct)
    {
        var now = _clock.GetUtcNow();
        var key = await _ring.InUseAsync(ct);
        return Handler.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = TokenType,
            Issuer = _jwt.Issuer,
            Audience = _jwt.Audience,
            Subject = new ClaimsIdentity([new Claim("sub", userId.ToString()), new Claim("sid", sessionId.ToString())]),
            Claims = new Dictionary<string, object> { ["jti"] = Guid.CreateVersion7(now).ToString() },
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = (now + Lifetime).UtcDateTime,
            SigningCredentials = new SigningCredentials(key.ForAccessTokens, SecurityAlgorithms.HmacSha256),
        });
    }

    private bool IsCurrent(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = _clock.GetUtcNow().UtcDateTime;
        return expires is { } end && now < end + parameters.ClockSkew && (notBefore is not { } start || start - parameters.ClockSkew <= now);
    }
}

using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
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

    private readonly JwtOptions _jwt;
    private readonly SessionOptions _sessions;
    private readonly SigningCredentials _credentials;
    private readonly TimeProvider _clock;

    public AccessTokens(IOptions<JwtOptions> jwt, IOptions<SessionOptions> sessions, TimeProvider clock)
    {
        _jwt = jwt.Value;
        _sessions = sessions.Value;
        _clock = clock;

        var bytes = Encoding.UTF8.GetBytes(_jwt.SigningKey);
        var key = new SymmetricSecurityKey(bytes) { KeyId = Convert.ToHexStringLower(SHA256.HashData(bytes))[..16] };
        _credentials = new SigningCredentials(key, SecurityAlgorithms.HmacSha256);

        Validation = new TokenValidationParameters
        {
            ValidIssuer = _jwt.Issuer,
            ValidAudience = _jwt.Audience,
            ValidTypes = [TokenType],
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            IssuerSigningKey = key,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            ClockSkew = TimeSpan.FromSeconds(5),
            LifetimeValidator = IsCurrent,
        };
    }

    /// <summary>What a token must be to be believed; the algorithm is ours to choose, never the token's.</summary>
    public TokenValidationParameters Validation { get; }

    public TimeSpan Lifetime => _sessions.AccessTokenLifetime;

    internal string Issue(Guid userId, Guid sessionId)
    {
        var now = _clock.GetUtcNow();
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
            SigningCredentials = _credentials,
        });
    }

    private bool IsCurrent(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = _clock.GetUtcNow().UtcDateTime;
        return expires is { } end && now < end + parameters.ClockSkew && (notBefore is not { } start || start - parameters.ClockSkew <= now);
    }
}

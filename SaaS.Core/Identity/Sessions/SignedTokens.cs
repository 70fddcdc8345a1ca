using System.Security.Claims;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// Signs tokens that name a session, and says what a good one looks like. Each kind has a type of its own (RFC 8725, 3.11):
/// what stands in a browser's cookie is never taken for an access token, nor the other way round.
/// </summary>
internal sealed class SignedTokens(SigningKeyRing ring, IOptions<JwtOptions> jwt, TimeProvider clock)
{
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>What a token of a kind must be to be believed; the algorithm is ours to choose, never the token's.</summary>
    public TokenValidationParameters ValidationOf(string type) => new()
    {
        ValidIssuer = jwt.Value.Issuer,
        ValidAudience = jwt.Value.Audience,
        ValidTypes = [type],
        ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
        ConfigurationManager = new SigningKeyConfiguration(ring),
        TryAllIssuerSigningKeys = false, // the key that the token names, or none
        RequireExpirationTime = true,
        RequireSignedTokens = true,
        ClockSkew = TimeSpan.FromSeconds(5),
        LifetimeValidator = IsCurrent,
    };

    public async Task<string> IssueAsync(string type, Guid userId, Guid sessionId, TimeSpan lifetime, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var key = await ring.InUseAsync(ct);
        return Handler.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = type,
            Issuer = jwt.Value.Issuer,
            Audience = jwt.Value.Audience,
            Subject = new ClaimsIdentity([new Claim("sub", userId.ToString()), new Claim("sid", sessionId.ToString())]),
            Claims = new Dictionary<string, object> { ["jti"] = Guid.CreateVersion7(now).ToString() },
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = (now + lifetime).UtcDateTime,
            SigningCredentials = new SigningCredentials(key.ForAccessTokens, SecurityAlgorithms.HmacSha256),
        });
    }

    /// <summary>
    /// Asks for the key that a token names. It goes before the token is validated: the handler would take a ring that cannot be read for one
    /// without keys.
    /// </summary>
    public async Task FindKeyAsync(string token, CancellationToken ct)
    {
        if (KeyNamedIn(token) is { Length: > 0 } key)
        {
            await ring.FindAsync(key, ct);
        }
    }

    /// <returns>What a good token says; null for any other text.</returns>
    public async Task<ClaimsPrincipal?> ReadAsync(string token, TokenValidationParameters validation, CancellationToken ct)
    {
        await FindKeyAsync(token, ct);
        var read = await Handler.ValidateTokenAsync(token, validation);
        return read.IsValid ? new ClaimsPrincipal(read.ClaimsIdentity) : null;
    }

    private static string? KeyNamedIn(string token)
    {
        try
        {
            return Handler.CanReadToken(token) ? Handler.ReadJsonWebToken(token).Kid : null;
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            return null; // no token at all: whoever validates it says so
        }
    }

    private bool IsCurrent(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return expires is { } end && now < end + parameters.ClockSkew && (notBefore is not { } start || start - parameters.ClockSkew <= now);
    }
}

using System.Security.Claims;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// Issues and validates signed tokens that name a session. Each kind has its own type (RFC 8725, 3.11), so that a browser's cookie
/// is never accepted as an access token, or the reverse.
/// </summary>
internal sealed class SignedTokens(SigningKeyRing ring, IOptions<JwtOptions> jwt, TimeProvider clock)
{
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>Creates the validation parameters of a token type; the algorithm is fixed, never taken from the token.</summary>
    public TokenValidationParameters CreateValidationParameters(string type) =>
        new()
        {
            ValidIssuer = jwt.Value.Issuer,
            ValidAudience = jwt.Value.Audience,
            ValidTypes = [type],
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ConfigurationManager = new SigningKeyConfiguration(ring),
            TryAllIssuerSigningKeys = false, // only the key that the token names
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            ClockSkew = TimeSpan.FromSeconds(5),
            LifetimeValidator = IsWithinLifetime,
        };

    public async Task<string> IssueAsync(string type, Guid userId, Guid sessionId, TimeSpan lifetime, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var key = await ring.GetCurrentKeyAsync(ct);
        return Handler.CreateToken(
            new SecurityTokenDescriptor
            {
                TokenType = type,
                Issuer = jwt.Value.Issuer,
                Audience = jwt.Value.Audience,
                Subject = new ClaimsIdentity([new Claim("sub", userId.ToString()), new Claim("sid", sessionId.ToString())]),
                Claims = new Dictionary<string, object> { ["jti"] = Guid.CreateVersion7(now).ToString() },
                IssuedAt = now.UtcDateTime,
                NotBefore = now.UtcDateTime,
                Expires = (now + lifetime).UtcDateTime,
                SigningCredentials = new SigningCredentials(key.AccessTokenKey, SecurityAlgorithms.HmacSha256),
            }
        );
    }

    /// <summary>
    /// Loads the key that a token names. Call it before validation, because the token handler treats an unreadable ring as one without
    /// keys.
    /// </summary>
    public async Task LoadKeyAsync(string token, CancellationToken ct)
    {
        if (ReadKeyId(token) is { Length: > 0 } key)
        {
            await ring.FindAsync(key, ct);
        }
    }

    /// <returns>The claims of a valid token; null for any other text.</returns>
    public async Task<ClaimsPrincipal?> ValidateAsync(string token, TokenValidationParameters validation, CancellationToken ct)
    {
        await LoadKeyAsync(token, ct);
        var read = await Handler.ValidateTokenAsync(token, validation);
        return read.IsValid ? new ClaimsPrincipal(read.ClaimsIdentity) : null;
    }

    private static string? ReadKeyId(string token)
    {
        try
        {
            return Handler.CanReadToken(token) ? Handler.ReadJsonWebToken(token).Kid : null;
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            return null; // not a token: validation reports it
        }
    }

    private bool IsWithinLifetime(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return expires is { } end
            && now < end + parameters.ClockSkew
            && (notBefore is not { } start || start - parameters.ClockSkew <= now);
    }
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace SaaS.Infrastructure.Entra;

/// <summary>
/// OpenID Connect with Microsoft Entra ID, as a confidential client: authorization code with a client secret, without PKCE
/// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow). Nothing that it throws has a secret in it.
/// </summary>
public sealed class EntraClient
{
    private const string Scopes = "openid profile email User.Read offline_access";
    private const string ProtocolVersion = "2.0";

    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };

    private readonly IHttpClientFactory _clients;
    private readonly EntraDirectories _directories;
    private readonly IOptions<EntraOptions> _options;
    private readonly TimeProvider _clock;

    internal EntraClient(IHttpClientFactory clients, EntraDirectories directories, IOptions<EntraOptions> options, TimeProvider clock) =>
        (_clients, _directories, _options, _clock) = (clients, directories, options, clock);

    /// <summary>Where a directory is spoken to; asking for it finds out whether there is such a directory.</summary>
    /// <exception cref="EntraRejectedException">There is no such directory.</exception>
    /// <exception cref="EntraUnavailableException">Nobody could say.</exception>
    public async Task<EntraEndpoints> EndpointsAsync(string directory, CancellationToken ct)
    {
        var found = await _directories.ReadAsync(directory, ct);
        return new EntraEndpoints(found.Issuer, new Uri(found.AuthorizationEndpoint), new Uri(found.TokenEndpoint), Uri.TryCreate(found.EndSessionEndpoint, UriKind.Absolute, out var signOut) ? signOut : null);
    }

    /// <summary>Where the browser is sent to sign in.</summary>
    /// <param name="loginHint">The account that is to be offered first; null for none.</param>
    public async Task<Uri> AuthorizationAddressAsync(EntraApplication application, Uri redirect, string state, string nonce, string? loginHint, CancellationToken ct)
    {
        var endpoints = await EndpointsAsync(application.Directory, ct);
        var query = new Dictionary<string, string?>
        {
            ["client_id"] = application.ClientId,
            ["response_type"] = "code",
            ["redirect_uri"] = redirect.AbsoluteUri,
            ["response_mode"] = "query",
            ["scope"] = Scopes,
            ["state"] = state,
            ["nonce"] = nonce,
            ["prompt"] = "select_account",
            ["login_hint"] = loginHint,
        };
        return WithQuery(endpoints.Authorization, query);
    }

    /// <summary>Where the browser is sent to sign out at the provider too; null where the directory offers none.</summary>
    public async Task<Uri?> SignOutAddressAsync(EntraApplication application, Uri? returnTo, CancellationToken ct) =>
        (await EndpointsAsync(application.Directory, ct)).SignOut is { } signOut
            ? WithQuery(signOut, new Dictionary<string, string?> { ["client_id"] = application.ClientId, ["post_logout_redirect_uri"] = returnTo?.AbsoluteUri })
            : null;

    /// <summary>Buys tokens with the code that the browser brought back.</summary>
    /// <exception cref="EntraRejectedException">The code, the secret or the redirect address is not right.</exception>
    /// <exception cref="EntraUnavailableException">There was no answer in time, or none that can be read.</exception>
    public Task<EntraTokens> RedeemAsync(EntraApplication application, string secret, string code, Uri redirect, CancellationToken ct) =>
        AskForTokensAsync(application, secret, new() { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirect.AbsoluteUri }, ct);

    /// <summary>Buys fresh tokens; the refresh token may be another one after that.</summary>
    /// <exception cref="EntraRejectedException">The refresh token is not good any more, or the secret is not right.</exception>
    /// <exception cref="EntraUnavailableException">There was no answer in time, or none that can be read.</exception>
    public Task<EntraTokens> RefreshAsync(EntraApplication application, string secret, string refreshToken, CancellationToken ct) =>
        AskForTokensAsync(application, secret, new() { ["grant_type"] = "refresh_token", ["refresh_token"] = refreshToken, ["scope"] = Scopes }, ct);

    /// <summary>Believes an id token, or does not: signature, algorithm, issuer, audience, times, nonce and directory.</summary>
    /// <exception cref="UntrustedTokenException">One of them is wrong.</exception>
    public async Task<EntraUser> VerifyAsync(EntraApplication application, string idToken, string nonce, CancellationToken ct)
    {
        var metadata = await _directories.ReadAsync(application.Directory, ct);
        var result = await CheckAsync();
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException)
        {
            metadata = await _directories.ReadAgainAsync(application.Directory, ct); // the directory may have a new key
            result = await CheckAsync();
        }

        if (!result.IsValid)
        {
            throw new UntrustedTokenException(result.Exception?.GetType().Name ?? "it is not valid", result.Exception);
        }

        var token = (JsonWebToken)result.SecurityToken;
        var claims = JsonDocument.Parse(Base64UrlEncoder.Decode(token.EncodedPayload)).RootElement;
        if (Text(claims, "nonce") != nonce)
        {
            throw new UntrustedTokenException("the nonce is not that of this sign-in");
        }

        if (Text(claims, "ver") != ProtocolVersion)
        {
            throw new UntrustedTokenException("it is not one of version 2.0");
        }

        if (!Guid.TryParse(Text(claims, "tid"), out var directoryId) || !Guid.TryParse(Text(claims, "oid"), out var objectId))
        {
            throw new UntrustedTokenException("it does not say whose it is");
        }

        if (metadata.Issuer != $"{_options.Value.AddressOf(directoryId.ToString())}/v2.0" || (Guid.TryParse(application.Directory, out var wanted) && wanted != directoryId))
        {
            throw new UntrustedTokenException("it is of another directory");
        }

        return new EntraUser(
            directoryId,
            objectId,
            Text(claims, "email"),
            Flag(claims, "xms_edov"),
            Text(claims, "upn") ?? Text(claims, "preferred_username"),
            Text(claims, "name"),
            Text(claims, "given_name"),
            Text(claims, "family_name"),
            GroupsIn(claims));

        Task<TokenValidationResult> CheckAsync() => Handler.ValidateTokenAsync(idToken, new TokenValidationParameters
        {
            ValidIssuer = metadata.Issuer,
            ValidAudience = application.ClientId,
            IssuerSigningKeys = metadata.SigningKeys,
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256], // ours to choose, never the token's
            TryAllIssuerSigningKeys = false, // the key that the token names, or none
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            LifetimeValidator = (from, until, _, _) => IsCurrent(from, until),
        });
    }

    private async Task<EntraTokens> AskForTokensAsync(EntraApplication application, string secret, Dictionary<string, string> grant, CancellationToken ct)
    {
        var endpoints = await EndpointsAsync(application.Directory, ct);
        using var client = _clients.CreateClient(EntraRegistration.Client);
        using var answer = await EntraCalls.SendAsync(client, new HttpRequestMessage(HttpMethod.Post, endpoints.Token)
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>(grant) { ["client_id"] = application.ClientId, ["client_secret"] = secret }),
        }, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);

        try
        {
            if (!answer.IsSuccessStatusCode)
            {
                var refusal = JsonSerializer.Deserialize<TokenErrorResponse>(text)!;
                throw new EntraRejectedException(refusal.Error ?? "invalid_request", refusal.Codes is [var code, ..] ? code : null);
            }

            var given = JsonSerializer.Deserialize<TokenResponse>(text)!;
            return given is { AccessToken.Length: > 0, ExpiresIn: > 0 }
                ? new EntraTokens(given.AccessToken, given.IdToken, given.RefreshToken, TimeSpan.FromSeconds(given.ExpiresIn), given.RefreshTokenExpiresIn is { } seconds ? TimeSpan.FromSeconds(seconds) : null)
                : throw new EntraUnavailableException("The token endpoint answered without an access token");
        }
        catch (Exception e) when (e is JsonException or NullReferenceException)
        {
            throw new EntraUnavailableException($"The token endpoint answered {(int)answer.StatusCode} with what is no JSON of its protocol", e);
        }
    }

    private bool IsCurrent(DateTime? from, DateTime? until)
    {
        var now = _clock.GetUtcNow().UtcDateTime;
        var skew = _options.Value.ClockSkew;
        return until is { } end && now < end + skew && (from is not { } start || start - skew <= now);
    }

    // Too many groups for a token: https://learn.microsoft.com/security/zero-trust/develop/configure-tokens-group-claims-app-roles#group-overages
    private static IReadOnlyList<string>? GroupsIn(JsonElement claims)
    {
        if ((claims.TryGetProperty("_claim_names", out var elsewhere) && elsewhere.ValueKind is JsonValueKind.Object && elsewhere.TryGetProperty("groups", out _)) || claims.TryGetProperty("hasgroups", out _))
        {
            return null;
        }

        return claims.TryGetProperty("groups", out var groups) && groups.ValueKind is JsonValueKind.Array
            ? [.. groups.EnumerateArray().Where(group => group.ValueKind is JsonValueKind.String).Select(group => group.GetString()!)]
            : [];
    }

    private static string? Text(JsonElement claims, string name) => claims.TryGetProperty(name, out var claim) && claim.ValueKind is JsonValueKind.String ? claim.GetString() : null;

    // A boolean, which Entra has been seen to write as a number or a text too.
    private static bool? Flag(JsonElement claims, string name) => !claims.TryGetProperty(name, out var claim) ? null : claim.ToString().ToUpperInvariant() is "TRUE" or "1";

    private static Uri WithQuery(Uri address, Dictionary<string, string?> query) =>
        new($"{address.GetLeftPart(UriPartial.Path)}?{string.Join('&', query.Where(part => part.Value is not null).Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Key}={Uri.EscapeDataString(part.Value!)}")))}");

    private sealed record TokenResponse(
        [property: JsonPropertyName("access_token")] string? AccessToken,
        [property: JsonPropertyName("id_token")] string? IdToken,
        [property: JsonPropertyName("refresh_token")] string? RefreshToken,
        [property: JsonPropertyName("expires_in"), JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)] int ExpiresIn,
        [property: JsonPropertyName("refresh_token_expires_in"), JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)] int? RefreshTokenExpiresIn);

    private sealed record TokenErrorResponse([property: JsonPropertyName("error")] string? Error, [property: JsonPropertyName("error_codes")] int[]? Codes);
}

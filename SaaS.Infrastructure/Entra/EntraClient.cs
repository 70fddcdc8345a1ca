using System.Globalization;
using System.IdentityModel.Tokens.Jwt;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace SaaS.Infrastructure.Entra;

/// <summary>
/// An OpenID Connect client for Microsoft Entra ID, as a confidential client: authorization code with a client secret, without PKCE
/// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow). Its exceptions contain no secrets.
/// </summary>
public sealed class EntraClient
{
    private const string Scopes = "openid profile email User.Read offline_access";
    private const string ProtocolVersion = "2.0";

    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };

    // The lifetime of a nonce is that of its sign-in, which the caller checks.
    private static readonly OpenIdConnectProtocolValidator Protocol = new() { RequireTimeStampInNonce = false };

    private readonly IHttpClientFactory _clients;
    private readonly EntraDirectories _directories;
    private readonly IOptions<EntraOptions> _options;
    private readonly TimeProvider _clock;

    internal EntraClient(IHttpClientFactory clients, EntraDirectories directories, IOptions<EntraOptions> options, TimeProvider clock) =>
        (_clients, _directories, _options, _clock) = (clients, directories, options, clock);

    /// <summary>Gets the endpoints of a directory, and so checks that the directory exists.</summary>
    /// <exception cref="EntraRejectedException">The directory does not exist.</exception>
    /// <exception cref="EntraUnavailableException">Entra ID is unavailable.</exception>
    public async Task<EntraEndpoints> GetEndpointsAsync(string directory, CancellationToken ct)
    {
        var found = await _directories.GetAsync(directory, ct);
        return new EntraEndpoints(
            found.Issuer,
            new Uri(found.AuthorizationEndpoint),
            new Uri(found.TokenEndpoint),
            Uri.TryCreate(found.EndSessionEndpoint, UriKind.Absolute, out var signOut) ? signOut : null
        );
    }

    /// <summary>Builds the URL to which the browser is redirected for the sign-in.</summary>
    /// <param name="loginHint">The account to preselect; null for none.</param>
    public async Task<Uri> BuildAuthorizationUrlAsync(
        EntraApplication application,
        Uri redirect,
        string state,
        string nonce,
        string? loginHint,
        CancellationToken ct
    )
    {
        var endpoints = await GetEndpointsAsync(application.Directory, ct);
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

    /// <summary>
    /// Builds the URL to which the browser is redirected to sign out at the provider; null when the directory has no such endpoint.
    /// </summary>
    public async Task<Uri?> BuildSignOutUrlAsync(EntraApplication application, Uri? returnTo, CancellationToken ct) =>
        (await GetEndpointsAsync(application.Directory, ct)).SignOut is { } signOut
            ? WithQuery(
                signOut,
                new Dictionary<string, string?>
                {
                    ["client_id"] = application.ClientId,
                    ["post_logout_redirect_uri"] = returnTo?.AbsoluteUri,
                }
            )
            : null;

    /// <summary>Exchanges an authorization code for tokens.</summary>
    /// <exception cref="EntraRejectedException">The code, the client secret or the redirect URI is invalid.</exception>
    /// <exception cref="EntraUnavailableException">Entra ID did not answer in time, or its answer is malformed.</exception>
    public Task<EntraTokens> ExchangeCodeAsync(
        EntraApplication application,
        string secret,
        string code,
        Uri redirect,
        CancellationToken ct
    ) =>
        RequestTokensAsync(
            application,
            secret,
            new()
            {
                ["grant_type"] = "authorization_code",
                ["code"] = code,
                ["redirect_uri"] = redirect.AbsoluteUri,
            },
            ct
        );

    /// <summary>Exchanges a refresh token for new tokens. The refresh token may be replaced.</summary>
    /// <exception cref="EntraRejectedException">The refresh token is expired or revoked, or the client secret is invalid.</exception>
    /// <exception cref="EntraUnavailableException">Entra ID did not answer in time, or its answer is malformed.</exception>
    public Task<EntraTokens> RefreshAsync(EntraApplication application, string secret, string refreshToken, CancellationToken ct) =>
        RequestTokensAsync(
            application,
            secret,
            new()
            {
                ["grant_type"] = "refresh_token",
                ["refresh_token"] = refreshToken,
                ["scope"] = Scopes,
            },
            ct
        );

    /// <summary>
    /// Validates an id token: signature, algorithm, issuer, audience, lifetime, nonce and directory, and that it belongs to the access token.
    /// </summary>
    /// <exception cref="UntrustedTokenException">One of the checks failed.</exception>
    public async Task<EntraUser> ValidateIdTokenAsync(
        EntraApplication application,
        string idToken,
        string accessToken,
        string nonce,
        CancellationToken ct
    )
    {
        var metadata = await _directories.GetAsync(application.Directory, ct);
        var result = await CheckAsync();
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException)
        {
            metadata = await _directories.ReloadAsync(application.Directory, ct); // the directory may have rotated its signing key
            result = await CheckAsync();
        }

        if (!result.IsValid)
        {
            throw new UntrustedTokenException(result.Exception?.GetType().Name ?? "it is not valid", result.Exception);
        }

        ValidateProtocol(application, idToken, accessToken, nonce);
        var token = (JsonWebToken)result.SecurityToken;
        if (token.IssuedAt > (_clock.GetUtcNow() + _options.Value.ClockSkew).UtcDateTime)
        {
            throw new UntrustedTokenException("it was issued in the future");
        }

        var claims = JsonDocument.Parse(Base64UrlEncoder.Decode(token.EncodedPayload)).RootElement;
        if (Text(claims, "ver") != ProtocolVersion)
        {
            throw new UntrustedTokenException("it is not a version 2.0 token");
        }

        if (!Guid.TryParse(Text(claims, "tid"), out var directoryId) || !Guid.TryParse(Text(claims, "oid"), out var objectId))
        {
            throw new UntrustedTokenException("it has no tid or oid claim");
        }

        if (
            metadata.Issuer != $"{_options.Value.AddressOf(directoryId.ToString())}/v2.0"
            || (Guid.TryParse(application.Directory, out var wanted) && wanted != directoryId)
        )
        {
            throw new UntrustedTokenException("it was issued by another directory");
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
            GroupsIn(claims)
        )
        {
            AuthenticationMethods = TextsIn(claims, "amr"),
        };

        Task<TokenValidationResult> CheckAsync() =>
            Handler.ValidateTokenAsync(
                idToken,
                new TokenValidationParameters
                {
                    ValidIssuer = metadata.Issuer,
                    ValidAudience = application.ClientId,
                    IssuerSigningKeys = metadata.SigningKeys,
                    ValidAlgorithms = [SecurityAlgorithms.RsaSha256], // the token must not choose its own algorithm
                    TryAllIssuerSigningKeys = false, // only the key that the token names
                    RequireSignedTokens = true,
                    RequireExpirationTime = true,
                    LifetimeValidator = (from, until, _, _) => IsCurrent(from, until),
                }
            );
    }

    // OpenID Connect Core, 3.1.3.7 and 3.1.3.8: nonce, at_hash and azp, and the claims that every id token has.
    private static void ValidateProtocol(EntraApplication application, string idToken, string accessToken, string nonce)
    {
        try
        {
            Protocol.ValidateTokenResponse(
                new OpenIdConnectProtocolValidationContext
                {
                    ClientId = application.ClientId,
                    Nonce = nonce,
                    ProtocolMessage = new OpenIdConnectMessage { IdToken = idToken, AccessToken = accessToken },
                    ValidatedIdToken = new JwtSecurityToken(idToken),
                }
            );
        }
        catch (OpenIdConnectProtocolException e)
        {
            throw new UntrustedTokenException(e.GetType().Name, e);
        }
    }

    private async Task<EntraTokens> RequestTokensAsync(
        EntraApplication application,
        string secret,
        Dictionary<string, string> grant,
        CancellationToken ct
    )
    {
        var endpoints = await GetEndpointsAsync(application.Directory, ct);
        using var client = _clients.CreateClient(EntraRegistration.Client);
        using var answer = await EntraCalls.SendAsync(
            client,
            new HttpRequestMessage(HttpMethod.Post, endpoints.Token)
            {
                Content = new FormUrlEncodedContent(
                    new Dictionary<string, string>(grant) { ["client_id"] = application.ClientId, ["client_secret"] = secret }
                ),
            },
            ct
        );
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
                ? new EntraTokens(
                    given.AccessToken,
                    given.IdToken,
                    given.RefreshToken,
                    TimeSpan.FromSeconds(given.ExpiresIn),
                    given.RefreshTokenExpiresIn is { } seconds ? TimeSpan.FromSeconds(seconds) : null
                )
                : throw new EntraUnavailableException("The token endpoint answered without an access token");
        }
        catch (Exception e) when (e is JsonException or NullReferenceException)
        {
            throw new EntraUnavailableException($"The token endpoint answered {(int)answer.StatusCode} with malformed JSON", e);
        }
    }

    private bool IsCurrent(DateTime? from, DateTime? until)
    {
        var now = _clock.GetUtcNow().UtcDateTime;
        var skew = _options.Value.ClockSkew;
        return until is { } end && now < end + skew && (from is not { } start || start - skew <= now);
    }

    // Group overage, when the groups do not fit into a token:
    // https://learn.microsoft.com/security/zero-trust/develop/configure-tokens-group-claims-app-roles#group-overages
    private static IReadOnlyList<string>? GroupsIn(JsonElement claims)
    {
        if (
            (
                claims.TryGetProperty("_claim_names", out var elsewhere)
                && elsewhere.ValueKind is JsonValueKind.Object
                && elsewhere.TryGetProperty("groups", out _)
            ) || claims.TryGetProperty("hasgroups", out _)
        )
        {
            return null;
        }

        return TextsIn(claims, "groups");
    }

    private static IReadOnlyList<string> TextsIn(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var values) && values.ValueKind is JsonValueKind.Array
            ? [.. values.EnumerateArray().Where(value => value.ValueKind is JsonValueKind.String).Select(value => value.GetString()!)]
            : [];

    private static string? Text(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var claim) && claim.ValueKind is JsonValueKind.String ? claim.GetString() : null;

    // A boolean, which Entra ID also writes as a number or as text.
    private static bool? Flag(JsonElement claims, string name) =>
        !claims.TryGetProperty(name, out var claim) ? null : claim.ToString().ToUpperInvariant() is "TRUE" or "1";

    private static Uri WithQuery(Uri address, Dictionary<string, string?> query) =>
        new(
            $"{address.GetLeftPart(UriPartial.Path)}?{string.Join('&', query.Where(part => part.Value is not null).Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Key}={Uri.EscapeDataString(part.Value!)}")))}"
        );

    private sealed record TokenResponse(
        [property: JsonPropertyName("access_token")] string? AccessToken,
        [property: JsonPropertyName("id_token")] string? IdToken,
        [property: JsonPropertyName("refresh_token")] string? RefreshToken,
        [property: JsonPropertyName("expires_in"), JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)] int ExpiresIn,
        [property: JsonPropertyName("refresh_token_expires_in"), JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
            int? RefreshTokenExpiresIn
    );

    private sealed record TokenErrorResponse(
        [property: JsonPropertyName("error")] string? Error,
        [property: JsonPropertyName("error_codes")] int[]? Codes
    );
}

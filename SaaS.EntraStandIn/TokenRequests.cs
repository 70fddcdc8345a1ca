using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace SaaS.Entra;

/// <summary>
/// The token endpoint, which exchanges a code or a refresh token for tokens:
/// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#redeem-a-code-for-an-access-token.
/// </summary>
internal sealed class TokenRequests(EntraStandIn standIn, IssuedTokens tokens)
{
    internal ValueTask ValidateAsync(ValidateTokenRequestContext context)
    {
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        if (Validate(context.Request, http.Request.Form, RequestedDirectory.Get(http)) is { } error)
        {
            context.Reject(error.Error, error.Description);
        }

        return default;
    }

    private EntraError? Validate(OpenIddictRequest request, IFormCollection form, RequestedDirectory asked)
    {
        if (request.ClientId is null)
        {
            return EntraError.ParameterMissing("client_id");
        }

        if (standIn.ValidateClient(asked, request.ClientId) is { } refused)
        {
            return refused;
        }

        // Entra also accepts the secret in an Authorization header; this product sends it in the form.
        if (request.ClientSecret is null || !form.ContainsKey(Parameters.ClientSecret))
        {
            return EntraError.SecretMissing;
        }

        var registration = standIn.Registration(asked, request.ClientId)!;
        if (!registration.Application.ClientSecrets.Any(secret => IsSame(secret, request.ClientSecret)))
        {
            return EntraError.SecretWrong(registration.Application.ClientId);
        }

        return request.GrantType switch
        {
            GrantTypes.AuthorizationCode when request.Code is not null => ValidateCode(request, registration),
            GrantTypes.RefreshToken when request.RefreshToken is not null => ValidateRefreshToken(request, registration),
            _ => null, // OpenIddict rejects missing and unknown parameters
        };
    }

    private IssuedToken? Grant(OpenIddictRequest request) =>
        request.IsAuthorizationCodeGrantType()
            ? tokens.Find(TokenKind.Code, request.Code)
            : tokens.Find(TokenKind.Refresh, request.RefreshToken);

    private EntraError? ValidateCode(OpenIddictRequest request, EntraRegistration registration)
    {
        var code = Grant(request);
        if (ValidateGrant(code, registration) is { } error)
        {
            return error;
        }

        if (request.RedirectUri is null)
        {
            return EntraError.ParameterMissing("redirect_uri");
        }

        if (code!.RedirectUri != request.RedirectUri)
        {
            return EntraError.RedirectUriChanged(request.RedirectUri, code.RedirectUri);
        }

        return code.Redeem() ? null : EntraError.CodeRedeemed;
    }

    // https://learn.microsoft.com/entra/identity-platform/refresh-tokens: each use issues a new token, and the old one stays valid.
    private EntraError? ValidateRefreshToken(OpenIddictRequest request, EntraRegistration registration)
    {
        var refresh = Grant(request);
        return ValidateGrant(refresh, registration)
            ?? (standIn.AreRefreshTokensSingleUse && !refresh!.Redeem() ? EntraError.GrantRevoked : null);
    }

    private EntraError? ValidateGrant(IssuedToken? grant, EntraRegistration registration)
    {
        if (grant is null)
        {
            return EntraError.GrantUnknown;
        }

        if (grant.ClientId != registration.Application.ClientId)
        {
            return EntraError.GrantOfAnotherApplication;
        }

        if (grant.Directory != registration.Directory)
        {
            return EntraError.GrantOfAnotherDirectory;
        }

        if (grant.IsRevoked)
        {
            return EntraError.GrantRevoked;
        }

        if (grant.IsRedeemed)
        {
            return grant.Kind is TokenKind.Code ? EntraError.CodeRedeemed : EntraError.GrantRevoked;
        }

        if (grant.ExpiresAt <= standIn.Clock.GetUtcNow())
        {
            return grant.Kind is TokenKind.Code ? EntraError.CodeExpired : EntraError.RefreshTokenExpired;
        }

        if (!registration.Directory.People.Contains(grant.Person))
        {
            return EntraError.PersonUnknown(registration.Directory.Id.ToString());
        }

        return grant.Person.IsEnabled ? null : EntraError.PersonDisabled;
    }

    /// <summary>Gives OpenIddict the claims that it issued with a code or a refresh token.</summary>
    internal ValueTask ReadAsync(ValidateTokenContext context)
    {
        context.Principal = Grant(context.Request!)?.Claims.Clone();
        return default;
    }

    /// <summary>Writes tokens as Entra does, in place of OpenIddict's signing and encryption.</summary>
    internal ValueTask WriteAsync(GenerateTokenContext context)
    {
        var registration = Registration(context.Transaction, context.Request!);
        var claims = context.Principal;
        var person = registration.Directory.Person(claims.GetClaim(Claims.Subject))!;
        context.Token = context.TokenType switch
        {
            TokenTypeIdentifiers.Private.AuthorizationCode => Issue(TokenKind.Code, standIn.CodeLifetime),
            TokenTypeIdentifiers.AccessToken => Issue(TokenKind.Access, registration.Application.AccessTokenLifetime),
            TokenTypeIdentifiers.RefreshToken => Issue(TokenKind.Refresh, standIn.RefreshTokenLifetime),
            TokenTypeIdentifiers.IdentityToken => standIn.IdToken(
                registration,
                person,
                Grant(context.Request!)!.Claims.GetScopes(),
                NonceOf(context)
            ),
            _ => throw new InvalidOperationException($"Unexpected token type {context.TokenType}."),
        };
        return default;

        // A nonce belongs to the sign-in; tokens from a refresh have none.
        static string? NonceOf(GenerateTokenContext context) =>
            context.Request!.IsRefreshTokenGrantType() ? null : context.Principal.GetClaim(Claims.Nonce);

        string Issue(TokenKind kind, TimeSpan lifetime) =>
            tokens.Issue(
                new IssuedToken(
                    kind,
                    registration.Directory,
                    person,
                    registration.Application.ClientId,
                    claims.Clone().SetTokenType(context.TokenType),
                    context.Request!.RedirectUri
                )
                {
                    ExpiresAt = standIn.Clock.GetUtcNow() + lifetime,
                }
            );
    }

    private EntraRegistration Registration(OpenIddictServerTransaction transaction, OpenIddictRequest request) =>
        standIn.Registration(RequestedDirectory.Get(transaction.GetHttpRequest()!.HttpContext), request.ClientId)!;

    /// <summary>Writes errors in Entra's format and, on success, the member that Entra adds to OAuth's response.</summary>
    internal ValueTask FormatResponseAsync(ApplyTokenResponseContext context)
    {
        if (context.Response.Error is { } word)
        {
            var body = EntraError.Parse(word, context.Response.ErrorDescription).ToJson(standIn.Clock.GetUtcNow());
            foreach (var (name, value) in body)
            {
                context.Response[name] = JsonSerializer.SerializeToElement(value);
            }
        }
        else
        {
            context.Response.ExpiresIn = (long)
                Registration(context.Transaction, context.Request!).Application.AccessTokenLifetime.TotalSeconds;
            context.Response["ext_expires_in"] = context.Response.ExpiresIn;
        }

        return default;
    }

    private static bool IsSame(string secret, string given) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(given));
}

using System.Security.Claims;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace SaaS.Entra;

/// <summary>
/// The authorization endpoint: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#request-an-authorization-code.
/// The user is picked on the page, named by <c>account</c> in the URL, or set beforehand as <see cref="EntraStandIn.Next"/>.
/// </summary>
internal sealed class AuthorizeRequests(EntraStandIn standIn)
{
    /// <summary>
    /// Validates client and redirect URI. Errors are shown to the user, because nothing may be sent to an unverified URL.
    /// </summary>
    internal ValueTask ValidateAsync(ValidateAuthorizationRequestContext context)
    {
        var asked = RequestedDirectory.Get(context.Transaction.GetHttpRequest()!.HttpContext);
        if (
            (
                standIn.ValidateClient(asked, context.ClientId)
                ?? Validate(context.Request, standIn.Registration(asked, context.ClientId)!.Application)
            ) is
            { } error
        )
        {
            context.Reject(error.Error, error.Description);
        }

        return default;
    }

    private static EntraError? Validate(OpenIddictRequest request, EntraApplication application)
    {
        if (!application.Accepts(request.RedirectUri))
        {
            return EntraError.RedirectUriNotRegistered(request.RedirectUri, application.ClientId);
        }

        if (!request.HasScope(OpenIddictConstants.Scopes.OpenId))
        {
            return EntraError.ScopeWithoutOpenId;
        }

        return request.CodeChallenge is not null && !application.AllowsPkce ? EntraError.PkceNotAllowed : null;
    }

    internal IResult Handle(HttpContext http)
    {
        var request = http.GetOpenIddictServerRequest()!; // OpenIddict rejects invalid requests before this point
        var registration = standIn.Registration(RequestedDirectory.Get(http), request.ClientId)!;
        if (standIn.TakeError() is { } refusal)
        {
            return BackToClient(refusal);
        }

        if (request["cancel"] is not null)
        {
            return BackToClient(EntraError.ConsentDeclined);
        }

        var picked = (string?)request["account"];
        var person = picked is null ? standIn.TakeNext() : registration.Directory.Person(picked);
        if (picked is null && person is null)
        {
            return request.HasPromptValue(OpenIddictConstants.PromptValues.None)
                ? BackToClient(EntraError.NotSignedIn)
                : Pages.PickAnAccount(registration, http.Request.PathBase + http.Request.Path, request);
        }

        if (person is null || !registration.Directory.People.Contains(person))
        {
            return Pages.Error(EntraError.PersonUnknown(registration.Directory.Id.ToString()), standIn.Clock.GetUtcNow());
        }

        return person.IsEnabled ? SignIn(request, person) : Pages.Error(EntraError.PersonDisabled, standIn.Clock.GetUtcNow());
    }

    private static IResult SignIn(OpenIddictRequest request, EntraUser person)
    {
        var identity = new ClaimsIdentity("stand-in");
        identity.SetClaim(OpenIddictConstants.Claims.Subject, person.ObjectId.ToString());
        identity.SetScopes(request.GetScopes());
        return Results.SignIn(new ClaimsPrincipal(identity), authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
    }

    private static IResult BackToClient(EntraError error) =>
        Results.Forbid(
            new AuthenticationProperties(
                new Dictionary<string, string?>
                {
                    [OpenIddictServerAspNetCoreConstants.Properties.Error] = error.Error,
                    [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = error.Description,
                }
            ),
            [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]
        );

    /// <summary>
    /// Writes an error in Entra's wording or, on success, Entra's <c>session_state</c>; an error that cannot be sent to the client is shown
    /// as a page.
    /// </summary>
    internal async ValueTask FormatResponseAsync(ApplyAuthorizationResponseContext context)
    {
        if (context.Response.Error is { } word)
        {
            var error = EntraError.Parse(word, context.Response.ErrorDescription);
            var now = standIn.Clock.GetUtcNow();
            if (context.RedirectUri is null)
            {
                await Pages.Error(error, now).ExecuteAsync(context.Transaction.GetHttpRequest()!.HttpContext);
                context.HandleRequest();
                return;
            }

            var body = error.ToJson(now);
            context.Response.ErrorDescription = (string?)body["error_description"];
            context.Response.ErrorUri = (string?)body["error_uri"];
            return;
        }

        context.Response["session_state"] = Guid.CreateVersion7(standIn.Clock.GetUtcNow()).ToString();
    }
}

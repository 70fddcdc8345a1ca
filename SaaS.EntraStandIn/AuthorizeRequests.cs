using System.Security.Claims;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace SaaS.Entra;

/// <summary>
/// A browser asks for a code: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#request-an-authorization-code.
/// A person is picked on the page, named by <c>account</c> in the address, or was set beforehand as <see cref="EntraStandIn.Next"/>.
/// </summary>
internal sealed class AuthorizeRequests(EntraStandIn standIn)
{
    /// <summary>What is wrong here is shown to the person: an address that was not checked is sent nothing.</summary>
    internal ValueTask ValidateAsync(ValidateAuthorizationRequestContext context)
    {
        var asked = AskedDirectory.Of(context.Transaction.GetHttpRequest()!.HttpContext);
        if ((standIn.RefuseClient(asked, context.ClientId) ?? Refuse(context.Request, standIn.Registration(asked, context.ClientId)!.Application)) is { } error)
        {
            context.Reject(error.Error, error.Description);
        }

        return default;
    }

    private static EntraError? Refuse(OpenIddictRequest request, EntraApplication application)
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

    internal IResult Answer(HttpContext http)
    {
        var request = http.GetOpenIddictServerRequest()!; // the library lets nothing else through to here
        var registration = standIn.Registration(AskedDirectory.Of(http), request.ClientId)!;
        if (standIn.TakeRefusal() is { } refusal)
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

    private static IResult BackToClient(EntraError error) => Results.Forbid(
        new AuthenticationProperties(new Dictionary<string, string?>
        {
            [OpenIddictServerAspNetCoreConstants.Properties.Error] = error.Error,
            [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = error.Description,
        }),
        [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);

    /// <summary>Entra's own sentence and, on success, its <c>session_state</c>; what cannot go back to the client becomes a page.</summary>
    internal async ValueTask ShapeAsync(ApplyAuthorizationResponseContext context)
    {
        if (context.Response.Error is { } word)
        {
            var error = EntraError.Read(word, context.Response.ErrorDescription);
            var now = standIn.Clock.GetUtcNow();
            if (context.RedirectUri is null)
            {
                await Pages.Error(error, now).ExecuteAsync(context.Transaction.GetHttpRequest()!.HttpContext);
                context.HandleRequest();
                return;
            }

            var body = error.Body(now);
            context.Response.ErrorDescription = (string?)body["error_description"];
            context.Response.ErrorUri = (string?)body["error_uri"];
            return;
        }

        context.Response["session_state"] = Guid.CreateVersion7(standIn.Clock.GetUtcNow()).ToString();
    }
}

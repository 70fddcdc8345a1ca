using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Infrastructure.Entra;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>The page to return to after a sign-in, and the account to offer.</summary>
public sealed class SsoSignInQuery
{
    /// <summary>The URL to return to.</summary>
    [FromQuery(Name = "return_url")]
    [Description(
        "A URL of the product's own pages to return to, with `?code=…` for `POST /api/auth/sso/exchange`. Without it the callback responds with the tokens as JSON."
    )]
    public string? ReturnUrl { get; init; }

    /// <summary>The alias of the URL to return to.</summary>
    [FromQuery(Name = "redirect_uri"), Description("An alias of `return_url`.")]
    public string? RedirectUri { get; init; }

    /// <summary>The challenge of the page.</summary>
    [FromQuery(Name = "challenge"), CodeChallenge]
    [Description(
        "Required with `return_url`: the SHA-256, in base64url without padding, of a random `verifier` that the page keeps and sends with the code, as in RFC 7636."
    )]
    public string? Challenge { get; init; }

    /// <summary>The account to offer first.</summary>
    [FromQuery(Name = "login_hint"), Description("The account to offer first, such as an e-mail address.")]
    public string? LoginHint { get; init; }
}

internal static class StartSsoSignIn
{
    /// <summary>The path of the sign-in endpoint; the tenant's id is appended.</summary>
    public const string Path = "/api/auth/sso/azure/login/";

    private const int HintMaxLength = 255;

    private static readonly Problem ForeignReturn = Problem.ForField("return_url", "Must lead to an address of this product.");

    private static readonly Problem NoChallenge = Problem.ForField(
        "challenge",
        "Is needed with return_url: the SHA-256 of a random verifier, in base64url without padding."
    );

    private static readonly Problem NotAChallenge = Problem.ForField(
        "challenge",
        "Must be a SHA-256 in base64url without padding: 43 characters."
    );

    internal static void Map(RouteGroupBuilder sso) =>
        sso.MapGet("/azure/login/{tenantId:guid}", Handle)
            .AllowAnonymous()
            .Produces(StatusCodes.Status302Found)
            .ProducesProblem(
                ForeignReturn,
                NoChallenge,
                NotAChallenge,
                SsoProblems.NotAvailable,
                SsoProblems.ProviderRejected,
                SsoProblems.ProviderUnavailable
            );

    /// <summary>Returns the absolute URL at which a user signs in to a tenant.</summary>
    public static Uri AddressOf(Guid tenantId, SsoOptions options) => new(options.CallbackAddress, $"{Path}{tenantId}");

    /// <summary>Redirects the browser to the tenant's identity provider.</summary>
    internal static async Task<IResult> Handle(
        Guid tenantId,
        [AsParameters] SsoSignInQuery query,
        HttpContext http,
        SsoErrorResponse errorResponse, // not in the record: the generator declares a body for a handler with services only in a record
        [AsParameters] Services services,
        CancellationToken ct
    )
    {
        var (configurations, flows, returns, entra, options) = services;
        var (back, challenge) = (query.ReturnUrl ?? query.RedirectUri, query.Challenge);
        if (back is not null && returns.ParseAllowed(back) is null)
        {
            return await errorResponse.CreateAsync(http, ForeignReturn, returnUrl: null);
        }

        // Without a challenge, a code of another user's sign-in could be injected into the URL unnoticed.
        if (challenge is null ? back is not null : !CodeChallenge.IsChallenge(challenge))
        {
            return await errorResponse.CreateAsync(http, challenge is null ? NoChallenge : NotAChallenge, returnUrl: null);
        }

        if (await configurations.FindAvailableAsync(tenantId, ct) is not { } configuration)
        {
            return await errorResponse.CreateAsync(http, SsoProblems.NotAvailable, back);
        }

        try
        {
            var (flow, state) = await flows.BeginAsync(tenantId, SsoBrowser.EnsureCookie(http, options.Value), back, challenge, ct);
            var hint = query.LoginHint is { Length: > 0 and <= HintMaxLength } text && !text.Any(char.IsControl) ? text : null;
            var address = await entra.BuildAuthorizationUrlAsync(
                configuration.Application,
                options.Value.CallbackAddress,
                state,
                flow.Nonce,
                hint,
                ct
            );
            return TypedResults.Redirect(address.AbsoluteUri);
        }
        catch (EntraRejectedException e)
        {
            return await errorResponse.CreateAsync(http, EntraErrorMessages.ProblemOf(e.Error, e.Code), back);
        }
        catch (EntraUnavailableException)
        {
            return await errorResponse.CreateAsync(http, SsoProblems.ProviderUnavailable, back);
        }
    }

    internal sealed record Services(
        SsoConfigurations Configurations,
        SsoFlows Flows,
        ReturnUrls ReturnUrls,
        EntraClient Entra,
        IOptions<SsoOptions> Options
    );
}

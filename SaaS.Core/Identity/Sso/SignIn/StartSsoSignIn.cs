using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Infrastructure.Entra;

namespace SaaS.Core.Identity.Sso.SignIn;

internal static class StartSsoSignIn
{
    /// <summary>Where a browser signs in to a tenant; the id of the tenant goes behind it.</summary>
    public const string Path = "/api/auth/sso/azure/login/";

    private const int HintMaxLength = 255;

    private static readonly Problem ForeignReturn = Problem.OfField("return_url", "Must lead to an address of this product.");

    private static readonly Problem NoChallenge = Problem.OfField("challenge", "Is needed with return_url: the SHA-256 of a random verifier, in base64url without padding.");

    private static readonly Problem NotAChallenge = Problem.OfField("challenge", "Must be a SHA-256 in base64url without padding: 43 characters.");

    internal static void Map(RouteGroupBuilder sso) =>
        sso.MapGet("/azure/login/{tenantId:guid}", Handle).AllowAnonymous().Produces(StatusCodes.Status302Found)
            .ProducesProblem(ForeignReturn, NoChallenge, NotAChallenge, SsoProblems.NotAvailable, SsoProblems.ProviderRefused, SsoProblems.ProviderAway);

    /// <summary>Where a person signs in to a tenant, as an absolute address.</summary>
    public static Uri AddressOf(Guid tenantId, SsoOptions options) => new(options.CallbackAddress, $"{Path}{tenantId}");

    /// <summary>Sends the browser to the tenant's identity provider.</summary>
    /// <param name="returnUrl">Where the browser goes in the end, with `?code=…` to be exchanged by `POST /api/auth/sso/exchange`: an address of the product's own pages. Without it the callback answers with the tokens as JSON.</param>
    /// <param name="redirectUri">Another name for the same.</param>
    /// <param name="challenge">With `return_url`: SHA-256 of a random `verifier` that the page keeps and sends with the code, in base64url without padding, as in RFC 7636.</param>
    /// <param name="loginHint">The account to be offered first, such as an e-mail address.</param>
    internal static async Task<IResult> Handle(
        Guid tenantId,
        [FromQuery(Name = "return_url")] string? returnUrl,
        [FromQuery(Name = "redirect_uri")] string? redirectUri,
        [FromQuery, CodeChallenge] string? challenge,
        [FromQuery(Name = "login_hint")] string? loginHint,
        HttpContext http, SsoConfigurations configurations, SsoFlows flows, ReturnAddresses returns, EntraClient entra, SsoErrorResponse trouble, IOptions<SsoOptions> options, CancellationToken ct)
    {
        var back = returnUrl ?? redirectUri;
        if (back is not null && returns.Find(back) is null)
        {
            return await trouble.TellAsync(http, ForeignReturn, returnUrl: null);
        }

        // A code in an address can be somebody else's: without a challenge nobody could tell.
        if (challenge is null ? back is not null : !CodeChallenge.IsChallenge(challenge))
        {
            return await trouble.TellAsync(http, challenge is null ? NoChallenge : NotAChallenge, returnUrl: null);
        }

        if (await configurations.FindOpenAsync(tenantId, ct) is not { } configuration)
        {
            return await trouble.TellAsync(http, SsoProblems.NotAvailable, back);
        }

        try
        {
            var (flow, state) = await flows.BeginAsync(tenantId, SsoBrowser.Mark(http, options.Value), back, challenge, ct);
            var hint = loginHint is { Length: > 0 and <= HintMaxLength } && !loginHint.Any(char.IsControl) ? loginHint : null;
            var address = await entra.AuthorizationAddressAsync(configuration.Application, options.Value.CallbackAddress, state, flow.Nonce, hint, ct);
            return TypedResults.Redirect(address.AbsoluteUri);
        }
        catch (EntraRejectedException e)
        {
            return await trouble.TellAsync(http, SsoHints.ProblemOf(e.Error, e.Code), back);
        }
        catch (EntraUnavailableException)
        {
            return await trouble.TellAsync(http, SsoProblems.ProviderAway, back);
        }
    }
}

using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Identity.Sessions;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>
/// Authenticates operators of the jobs page by a cookie with a session token. The cookie is HttpOnly and SameSite=Strict; over TLS its
/// <c>__Host-</c> prefix, which requires the path <c>/</c>, prevents that a sibling host sets it.
/// </summary>
internal sealed class OperatorCookie(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    BrowserTokens tokens
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "operator";

    private static readonly (string Name, string Path) OverTls = ("__Host-saas_operator", "/");
    private static readonly (string Name, string Path) OnThisMachine = ("saas_operator", JobsPageModule.Root);

    public static void Set(HttpContext http, string token, TimeSpan lifetime) =>
        http.Response.Cookies.Append(CookieOf(http).Name, token, Describe(http, lifetime));

    public static void Remove(HttpContext http) => http.Response.Cookies.Delete(CookieOf(http).Name, Describe(http, lifetime: null));

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Cookies[CookieOf(Context).Name] is not { Length: > 0 } token)
        {
            return AuthenticateResult.NoResult();
        }

        try
        {
            return
                await tokens.ValidateAsync(token, Context.RequestAborted) is { } verified
                && await SessionCheck.AuthenticateAsync(Context, verified)
                && CurrentUser.Get(Context) is { IsPlatformAdmin: true }
                ? AuthenticateResult.Success(new AuthenticationTicket(verified, SchemeName))
                : AuthenticateResult.Fail("The session has ended.");
        }
        catch (Exception e) when (PageRules.IsDatabaseUnavailable(e))
        {
            return AuthenticateResult.Fail(e); // the session is kept; the challenge reports the unavailable database
        }
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if ((await HandleAuthenticateOnceAsync()).Failure is { } failure && PageRules.IsDatabaseUnavailable(failure))
        {
            await (await PageRules.ShowDatabaseUnavailableAsync(Context)).ExecuteAsync(Context);
        }
        else if (
            HttpMethods.IsGet(Request.Method) && Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        )
        {
            Response.Redirect(OperatorSignIn.Path);
        }
        else
        {
            Response.StatusCode = StatusCodes.Status401Unauthorized; // the script of an open page must learn that the session has ended
        }
    }

    private static (string Name, string Path) CookieOf(HttpContext http) => http.Request.IsHttps ? OverTls : OnThisMachine;

    private static CookieOptions Describe(HttpContext http, TimeSpan? lifetime) =>
        new()
        {
            Path = CookieOf(http).Path,
            HttpOnly = true,
            Secure = http.Request.IsHttps,
            SameSite = SameSiteMode.Strict,
            MaxAge = lifetime,
        };
}

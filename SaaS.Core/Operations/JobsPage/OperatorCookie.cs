using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Identity.Sessions;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>
/// Who looks at a page: an administrator of the platform whose session lives. The cookie is for these pages alone, no
/// script can read it, and the browser sends it with no request that another site has caused. Over TLS its name makes browsers
/// take it from this host alone, not from one beside it; for that it has to be of every path.
/// </summary>
internal sealed class OperatorCookie(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, BrowserTokens tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "operator";

    private static readonly (string Name, string Path) OverTls = ("__Host-saas_operator", "/");
    private static readonly (string Name, string Path) OnThisMachine = ("saas_operator", JobsPageModule.Root);

    public static void Set(HttpContext http, string token, TimeSpan lifetime) => http.Response.Cookies.Append(CookieOf(http).Name, token, Describe(http, lifetime));

    public static void Remove(HttpContext http) => http.Response.Cookies.Delete(CookieOf(http).Name, Describe(http, lifetime: null));

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Cookies[CookieOf(Context).Name] is not { Length: > 0 } token)
        {
            return AuthenticateResult.NoResult();
        }

        try
        {
            return await tokens.ReadAsync(token, Context.RequestAborted) is { } verified && await SessionCheck.AdmitAsync(Context, verified) && CurrentUser.Of(Context) is { IsPlatformAdmin: true }
                ? AuthenticateResult.Success(new AuthenticationTicket(verified, SchemeName))
                : AuthenticateResult.Fail("The session has ended.");
        }
        catch (Exception e) when (PageRules.IsDatabaseAway(e))
        {
            return AuthenticateResult.Fail(e); // who has a session stays signed in: the challenge says what is the matter
        }
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if ((await HandleAuthenticateOnceAsync()).Failure is { } failure && PageRules.IsDatabaseAway(failure))
        {
            await (await PageRules.TellDatabaseAwayAsync(Context)).ExecuteAsync(Context);
        }
        else if (HttpMethods.IsGet(Request.Method) && Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
        {
            Response.Redirect(OperatorSignIn.Path);
        }
        else
        {
            Response.StatusCode = StatusCodes.Status401Unauthorized; // the script that follows a page hears that it is over
        }
    }

    private static (string Name, string Path) CookieOf(HttpContext http) => http.Request.IsHttps ? OverTls : OnThisMachine;

    private static CookieOptions Describe(HttpContext http, TimeSpan? lifetime) => new()
    {
        Path = CookieOf(http).Path,
        HttpOnly = true,
        Secure = http.Request.IsHttps,
        SameSite = SameSiteMode.Strict,
        MaxAge = lifetime,
    };
}

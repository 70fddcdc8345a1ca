using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using SaaS.Core.Tenancy.ServiceAccounts;

namespace SaaS.Api;

/// <summary>Authenticates requests by API keys of service accounts.</summary>
internal sealed class ApiKeyAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "ApiKey";

    private IResult? _problem;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        _problem = await ApiKeyCheck.AuthenticateAsync(Context);
        return _problem is null
            ? AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(SchemeName)), SchemeName))
            : AuthenticateResult.NoResult(); // the challenge tells the problem
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.Append(HeaderNames.WWWAuthenticate, "Bearer error=\"invalid_token\"");
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        return _problem?.ExecuteAsync(Context) ?? Task.CompletedTask;
    }
}

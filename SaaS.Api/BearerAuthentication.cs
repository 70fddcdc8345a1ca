using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Tenancy.ServiceAccounts;

namespace SaaS.Api;

/// <summary>Authenticates requests by access tokens of active sessions, or by API keys.</summary>
internal static class BearerAuthentication
{
    private const string Bearer = "Bearer ";
    private const string TokenOrKey = "TokenOrKey";

    public static void AddBearerAuthentication(this IServiceCollection services)
    {
        services
            .AddAuthentication(TokenOrKey)
            .AddPolicyScheme(
                TokenOrKey,
                displayName: null,
                options =>
                    options.ForwardDefaultSelector = http =>
                        ApiKeyCheck.HasApiKey(http.Request) ? ApiKeyAuthentication.SchemeName : JwtBearerDefaults.AuthenticationScheme
            )
            .AddJwtBearer()
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, configureOptions: null);
        services.AddSingleton<IConfigureOptions<JwtBearerOptions>>(provider => new ConfigureNamedOptions<JwtBearerOptions>(
            JwtBearerDefaults.AuthenticationScheme,
            options =>
            {
                options.MapInboundClaims = false;
                options.TokenValidationParameters = provider.GetRequiredService<AccessTokens>().Validation;
                options.Events = new JwtBearerEvents { OnMessageReceived = FindKeyAsync, OnTokenValidated = RejectEndedSessionAsync };
            }
        ));
        services.AddAuthorization();

        // The handler's errors are thrown, and logged where they are handled.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.Authentication.JwtBearer", LogLevel.Critical));
    }

    private static Task FindKeyAsync(MessageReceivedContext context)
    {
        var authorization = context.Request.Headers.Authorization.ToString();
        if (!authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return Task.CompletedTask;
        }

        var tokens = context.HttpContext.RequestServices.GetRequiredService<AccessTokens>();
        return tokens.LoadKeyAsync(authorization[Bearer.Length..].Trim(), context.HttpContext.RequestAborted);
    }

    private static async Task RejectEndedSessionAsync(TokenValidatedContext context)
    {
        if (context.Principal is not { } verified || !await SessionCheck.AuthenticateAsync(context.HttpContext, verified))
        {
            context.Fail("The session has ended.");
        }
    }
}

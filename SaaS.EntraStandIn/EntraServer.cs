using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace SaaS.Entra;

/// <summary>The HTTP side: which address is answered by whom, and what each request passes on its way.</summary>
internal static class EntraServer
{
    // Before every handler of the library's own; those that fill and check a response come before 0, those that send it after.
    private const int First = int.MinValue;
    private const int BeforeSending = 0;

    internal static WebApplication Build(EntraStandIn standIn, IPEndPoint endpoint)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server => server.Listen(endpoint));
        builder.Services.AddRouting().AddAuthentication();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.Zero); // a fault that hangs must not hold up the end
        var authorize = new AuthorizeRequests(standIn);
        AddProtocol(builder.Services, standIn.Clock, authorize, new TokenRequests(standIn, standIn.Tokens));

        var app = builder.Build();
        app.Use((http, next) => FailOrGoOnAsync(standIn, http, next));
        app.Use((http, next) => EnterDirectoryAsync(standIn, http, next));
        app.UseRouting();
        app.UseAuthentication();
        app.MapMethods("/oauth2/v2.0/authorize", ["GET", "POST"], authorize.Answer);
        app.MapGet("/v2.0/.well-known/openid-configuration", (HttpContext http) => Discovery.Document(standIn, http));
        app.MapGet("/discovery/v2.0/keys", (HttpContext http) => Discovery.Keys(standIn, http));
        app.MapGet("/oauth2/v2.0/logout", (HttpContext http) => SignOut.Answer(standIn, http));
        app.MapGet("/v1.0/me", (HttpContext http) => Graph.Me(standIn, http));
        app.MapGet("/v1.0/me/transitiveMemberOf", (HttpContext http) => Graph.Groups(standIn, http));
        app.MapGet("/v1.0/me/transitiveMemberOf/microsoft.graph.group", (HttpContext http) => Graph.Groups(standIn, http));
        app.MapGet("/stand-in", () => StandInPage.Answer(standIn));
        app.MapGet("/health/ready", Ready);
        return app;
    }

    // An orchestrator that set Health__InstanceId tells by it that its own process answers.
    private static IResult Ready(HttpContext http)
    {
        if (Environment.GetEnvironmentVariable("Health__InstanceId") is { } instance)
        {
            http.Response.Headers["X-Instance-Id"] = instance;
        }

        return Results.Ok();
    }

    // Degraded mode: no database of applications and tokens. What would be in it is in EntraDirectory and IssuedTokens.
    private static void AddProtocol(IServiceCollection services, TimeProvider clock, AuthorizeRequests authorize, TokenRequests token)
    {
        services.AddOpenIddict().AddServer(server =>
        {
            server.EnableDegradedMode().DisableScopeValidation().AllowAuthorizationCodeFlow().AllowRefreshTokenFlow();
            server.SetAuthorizationEndpointUris("oauth2/v2.0/authorize").SetTokenEndpointUris("oauth2/v2.0/token");
            server.UseAspNetCore().EnableAuthorizationEndpointPassthrough().DisableTransportSecurityRequirement();

            // How long each is good, IssuedTokens knows.
            server.SetAuthorizationCodeLifetime(null).SetRefreshTokenLifetime(null).SetAccessTokenLifetime(null);

            // Wanted at the start, and never used: TokenRequests writes every token.
            server.AddSigningKey(new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)));
            server.AddEncryptionKey(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)));

            // Entra does not name itself in the answer to an authorize request, and this product asks for the query alone.
            server.RemoveEventHandler(OpenIddictServerHandlers.Authentication.AttachIssuer.Descriptor);
            server.Configure(options =>
            {
                options.TimeProvider = clock;
                options.ConfigurationEndpointUris.Clear();
                options.JsonWebKeySetEndpointUris.Clear();
                options.ResponseModes.IntersectWith(["query"]);
            });

            server.AddEventHandler<ValidateAuthorizationRequestContext>(handler => handler.UseInlineHandler(authorize.ValidateAsync).SetOrder(First));
            server.AddEventHandler<ApplyAuthorizationResponseContext>(handler => handler.UseInlineHandler(authorize.ShapeAsync).SetOrder(BeforeSending));
            server.AddEventHandler<ValidateTokenRequestContext>(handler => handler.UseInlineHandler(token.ValidateAsync).SetOrder(First));
            server.AddEventHandler<ValidateTokenContext>(handler => handler.UseInlineHandler(token.ReadAsync).SetOrder(First));
            server.AddEventHandler<GenerateTokenContext>(handler => handler.UseInlineHandler(token.WriteAsync).SetOrder(First));
            server.AddEventHandler<ApplyTokenResponseContext>(handler => handler.UseInlineHandler(token.ShapeAsync).SetOrder(BeforeSending));
        });

        // Without a database the library would not renew refresh tokens; Entra does.
        services.PostConfigure<OpenIddictServerOptions>(options => options.DisableRollingRefreshTokens = false);
    }

    private static async Task FailOrGoOnAsync(EntraStandIn standIn, HttpContext http, RequestDelegate next)
    {
        if (EntraEndpoints.At(http.Request.Path.Value ?? "") is { } endpoint)
        {
            try
            {
                await standIn.Requests.NoteAsync(endpoint, http.Request);
            }
            catch (Exception e) when (e is InvalidDataException or IOException) // a form that is none
            {
                await RefuseAsync(standIn, http, EntraError.Malformed);
                return;
            }

            if (standIn.Faults.Take(endpoint) is { } fault)
            {
                await fault.AnswerAsync(http, standIn.Clock.GetUtcNow(), next);
                return;
            }
        }

        await next(http);
    }

    // The directory becomes the path's base, so that everything behind it is the same for all directories.
    private static Task EnterDirectoryAsync(EntraStandIn standIn, HttpContext http, RequestDelegate next)
    {
        if (EntraEndpoints.At(http.Request.Path.Value ?? "") is null or EntraEndpoint.GraphMe or EntraEndpoint.GraphGroups)
        {
            return next(http);
        }

        var name = http.Request.Path.Value!.Split('/')[1];
        if (AskedDirectory.Find(name, standIn.Directories) is not { } asked)
        {
            return RefuseAsync(standIn, http, EntraError.DirectoryNotFound(name));
        }

        http.Features.Set(asked);
        http.Request.PathBase = $"/{name}";
        http.Request.Path = http.Request.Path.Value[(name.Length + 1)..];
        return next(http);
    }

    private static Task RefuseAsync(EntraStandIn standIn, HttpContext http, EntraError error) =>
        Results.Json(error.Body(standIn.Clock.GetUtcNow()), statusCode: error.Status).ExecuteAsync(http);
}

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

/// <summary>The HTTP server: the routes and the middleware.</summary>
internal static class EntraServer
{
    // Runs before all of OpenIddict's own handlers; handlers that fill and check a response have orders below 0, those that send it above.
    private const int First = int.MinValue;
    private const int BeforeSending = 0;

    internal static WebApplication Build(EntraStandIn standIn, IPEndPoint endpoint)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server => server.Listen(endpoint));
        builder.Services.AddRouting().AddAuthentication();
        // A hanging fault must not delay the shutdown.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.Zero);
        var authorize = new AuthorizeRequests(standIn);
        AddProtocol(builder.Services, standIn.Clock, authorize, new TokenRequests(standIn, standIn.Tokens));

        var app = builder.Build();
        app.Use((http, next) => ApplyFaultAsync(standIn, http, next));
        app.Use((http, next) => ResolveDirectoryAsync(standIn, http, next));
        app.UseRouting();
        app.UseAuthentication();
        app.MapMethods("/oauth2/v2.0/authorize", ["GET", "POST"], authorize.Handle);
        app.MapGet("/v2.0/.well-known/openid-configuration", (HttpContext http) => Discovery.Document(standIn, http));
        app.MapGet("/discovery/v2.0/keys", (HttpContext http) => Discovery.Keys(standIn, http));
        app.MapGet("/oauth2/v2.0/logout", (HttpContext http) => SignOut.Handle(standIn, http));
        app.MapGet("/v1.0/me", (HttpContext http) => Graph.Me(standIn, http));
        app.MapGet("/v1.0/me/transitiveMemberOf", (HttpContext http) => Graph.Groups(standIn, http));
        app.MapGet("/v1.0/me/transitiveMemberOf/microsoft.graph.group", (HttpContext http) => Graph.Groups(standIn, http));
        app.MapGet("/stand-in", () => StandInPage.Handle(standIn));
        app.MapGet("/health/ready", Ready);
        return app;
    }

    // An orchestrator that set Health__InstanceId recognizes its own process by this header.
    private static IResult Ready(HttpContext http)
    {
        if (Environment.GetEnvironmentVariable("Health__InstanceId") is { } instance)
        {
            http.Response.Headers["X-Instance-Id"] = instance;
        }

        return Results.Ok();
    }

    // Degraded mode needs no database: EntraDirectory and IssuedTokens hold the applications and tokens.
    private static void AddProtocol(IServiceCollection services, TimeProvider clock, AuthorizeRequests authorize, TokenRequests token)
    {
        services
            .AddOpenIddict()
            .AddServer(server =>
            {
                server.EnableDegradedMode().DisableScopeValidation().AllowAuthorizationCodeFlow().AllowRefreshTokenFlow();
                server.SetAuthorizationEndpointUris("oauth2/v2.0/authorize").SetTokenEndpointUris("oauth2/v2.0/token");
                server.UseAspNetCore().EnableAuthorizationEndpointPassthrough().DisableTransportSecurityRequirement();

                // IssuedTokens manages the lifetimes.
                server.SetAuthorizationCodeLifetime(null).SetRefreshTokenLifetime(null).SetAccessTokenLifetime(null);

                // OpenIddict requires keys at startup but never uses them: TokenRequests writes every token.
                server.AddSigningKey(new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)));
                server.AddEncryptionKey(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)));

                // Entra sends no issuer in an authorization response, and this product uses the response mode query only.
                server.RemoveEventHandler(OpenIddictServerHandlers.Authentication.AttachIssuer.Descriptor);
                server.Configure(options =>
                {
                    options.TimeProvider = clock;
                    options.ConfigurationEndpointUris.Clear();
                    options.JsonWebKeySetEndpointUris.Clear();
                    options.ResponseModes.IntersectWith(["query"]);
                });

                server.AddEventHandler<ValidateAuthorizationRequestContext>(handler =>
                    handler.UseInlineHandler(authorize.ValidateAsync).SetOrder(First)
                );
                server.AddEventHandler<ApplyAuthorizationResponseContext>(handler =>
                    handler.UseInlineHandler(authorize.FormatResponseAsync).SetOrder(BeforeSending)
                );
                server.AddEventHandler<ValidateTokenRequestContext>(handler =>
                    handler.UseInlineHandler(token.ValidateAsync).SetOrder(First)
                );
                server.AddEventHandler<ValidateTokenContext>(handler => handler.UseInlineHandler(token.ReadAsync).SetOrder(First));
                server.AddEventHandler<GenerateTokenContext>(handler => handler.UseInlineHandler(token.WriteAsync).SetOrder(First));
                server.AddEventHandler<ApplyTokenResponseContext>(handler =>
                    handler.UseInlineHandler(token.FormatResponseAsync).SetOrder(BeforeSending)
                );
            });

        // Without a database OpenIddict would not rotate refresh tokens, as Entra does.
        services.PostConfigure<OpenIddictServerOptions>(options => options.DisableRollingRefreshTokens = false);
    }

    private static async Task ApplyFaultAsync(EntraStandIn standIn, HttpContext http, RequestDelegate next)
    {
        if (EntraEndpoints.FromPath(http.Request.Path.Value ?? "") is { } endpoint)
        {
            try
            {
                await standIn.Requests.RecordAsync(endpoint, http.Request);
            }
            catch (Exception e) when (e is InvalidDataException or IOException) // a malformed form
            {
                await WriteErrorAsync(standIn, http, EntraError.Malformed);
                return;
            }

            if (standIn.Faults.Take(endpoint) is { } fault)
            {
                await fault.ApplyAsync(http, standIn.Clock.GetUtcNow(), next);
                return;
            }
        }

        await next(http);
    }

    // Moves the directory to the path base, so that the routes are the same for all directories.
    private static Task ResolveDirectoryAsync(EntraStandIn standIn, HttpContext http, RequestDelegate next)
    {
        if (EntraEndpoints.FromPath(http.Request.Path.Value ?? "") is null or EntraEndpoint.GraphMe or EntraEndpoint.GraphGroups)
        {
            return next(http);
        }

        var name = http.Request.Path.Value!.Split('/')[1];
        if (RequestedDirectory.Find(name, standIn.Directories) is not { } asked)
        {
            return WriteErrorAsync(standIn, http, EntraError.DirectoryNotFound(name));
        }

        http.Features.Set(asked);
        http.Request.PathBase = $"/{name}";
        http.Request.Path = http.Request.Path.Value[(name.Length + 1)..];
        return next(http);
    }

    private static Task WriteErrorAsync(EntraStandIn standIn, HttpContext http, EntraError error) =>
        Results.Json(error.ToJson(standIn.Clock.GetUtcNow()), statusCode: error.Status).ExecuteAsync(http);
}

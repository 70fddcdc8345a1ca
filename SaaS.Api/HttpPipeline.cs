using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using SaaS.Core;

namespace SaaS.Api;

/// <summary>What every request passes, in this order.</summary>
internal static class HttpPipeline
{
    /// <summary>For everything but uploads, which name a limit of their own.</summary>
    private const long MaxBodyBytes = 1024 * 1024;

    public static void AddHttpPipeline(this WebApplicationBuilder builder)
    {
        builder.Services.Configure<KestrelServerOptions>(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = MaxBodyBytes;
        });

        builder.Services.Configure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var network in KnownProxies(builder.Configuration))
            {
                options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(network));
            }
        });

        builder.Services.AddCors(options => options.AddDefaultPolicy(policy => policy
            .WithOrigins(builder.Configuration.GetSection("Cors:Origins").Get<string[]>() ?? [])
            .WithMethods("GET", "POST", "PUT", "PATCH", "DELETE")
            .WithHeaders("Authorization", "Content-Type")
            .WithExposedHeaders("Content-Disposition", "ETag", "Location", "RateLimit", "RateLimit-Policy", "Retry-After")
            .AllowCredentials()));
    }

    public static void UseHttpPipeline(this WebApplication app)
    {
        if (KnownProxies(app.Configuration) is not [])               // with none named, the framework would believe everybody
        {
            app.UseForwardedHeaders();                               // first: everything after it sees the caller's own address
        }

        app.Use(AddSecurityHeaders);                                 // before anything can answer
        app.UseProblems();                                           // whatever goes wrong below is answered in one shape
        app.UseCors();                                               // before sign-in: a browser's preflight has no token
        app.UseAuthentication();
        app.UseLimits();                                             // before anything is done for whoever asks too much
        app.UseAuthorization();
        app.UseGates();                                              // after sign-in: they ask who is calling
    }

    /// <summary>The networks whose word is taken for whom they ask, e.g. <c>10.0.0.0/8</c>.</summary>
    private static string[] KnownProxies(IConfiguration configuration) => configuration.GetSection("ForwardedHeaders:KnownNetworks").Get<string[]>() ?? [];

    private static Task AddSecurityHeaders(HttpContext http, RequestDelegate next)
    {
        // As the answer starts, and not before: when something throws, the headers that were set so far are cleared.
        http.Response.OnStarting(() =>
        {
            var headers = http.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Resource-Policy"] = "same-site";
            if (headers.CacheControl.Count == 0)
            {
                headers.CacheControl = "no-store";
            }

            return Task.CompletedTask;
        });
        return next(http);
    }
}

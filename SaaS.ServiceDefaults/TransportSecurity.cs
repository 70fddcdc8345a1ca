using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SaaS.ServiceDefaults;

/// <summary>Configures forwarded headers of the proxy that terminates TLS, and HTTP Strict Transport Security.</summary>
public static class TransportSecurity
{
    // One year, subdomains included.
    private const string StrictTransportSecurity = "max-age=31536000; includeSubDomains";

    public static void AddTransportSecurity(this IHostApplicationBuilder builder) =>
        builder.Services.Configure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var network in GetKnownNetworks(builder.Configuration))
            {
                options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(network));
            }
        });

    /// <summary>
    /// Applies forwarded headers and Strict Transport Security. Add it first: later middleware needs the client's address and scheme.
    /// </summary>
    public static void UseTransportSecurity(this WebApplication app)
    {
        if (GetKnownNetworks(app.Configuration) is not []) // without known networks the framework would trust every client
        {
            app.UseForwardedHeaders();
        }

        if (!app.Environment.IsDevelopment())
        {
            app.Use(AddStrictTransportSecurity);
        }
    }

    /// <summary>Returns the networks whose forwarded headers are trusted, e.g. <c>10.0.0.0/8</c>.</summary>
    private static string[] GetKnownNetworks(IConfiguration configuration) =>
        configuration.GetSection("ForwardedHeaders:KnownNetworks").Get<string[]>() ?? [];

    private static Task AddStrictTransportSecurity(HttpContext http, RequestDelegate next)
    {
        // Set when the response starts, because an exception clears the headers that were set before.
        http.Response.OnStarting(() =>
        {
            if (http.Request.IsHttps) // RFC 6797, section 7.2: never over plain HTTP
            {
                http.Response.Headers.StrictTransportSecurity = StrictTransportSecurity;
            }

            return Task.CompletedTask;
        });
        return next(http);
    }
}

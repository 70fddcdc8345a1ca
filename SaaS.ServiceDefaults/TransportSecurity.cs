using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SaaS.ServiceDefaults;

/// <summary>What a host that browsers see knows of the proxy that ends TLS before it, and that what came over TLS is to come over TLS from then on.</summary>
public static class TransportSecurity
{
    // A year, and whatever is below the host's name with it.
    private const string OverTlsAlone = "max-age=31536000; includeSubDomains";

    public static void AddTransportSecurity(this IHostApplicationBuilder builder) => builder.Services.Configure<ForwardedHeadersOptions>(options =>
    {
        options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in KnownProxies(builder.Configuration))
        {
            options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(network));
        }
    });

    /// <summary>Goes first: everything after it sees the caller's own address, and that the request came over TLS.</summary>
    public static void UseTransportSecurity(this WebApplication app)
    {
        if (KnownProxies(app.Configuration) is not []) // with none named, the framework would believe everybody
        {
            app.UseForwardedHeaders();
        }

        if (!app.Environment.IsDevelopment())
        {
            app.Use(DemandTls);
        }
    }

    /// <summary>The networks whose word is taken for whom they ask, e.g. <c>10.0.0.0/8</c>.</summary>
    private static string[] KnownProxies(IConfiguration configuration) => configuration.GetSection("ForwardedHeaders:KnownNetworks").Get<string[]>() ?? [];

    private static Task DemandTls(HttpContext http, RequestDelegate next)
    {
        // As the answer starts, and not before: when something throws, the headers that were set so far are cleared.
        http.Response.OnStarting(() =>
        {
            if (http.Request.IsHttps) // RFC 6797, section 7.2: not over what anybody may have changed
            {
                http.Response.Headers.StrictTransportSecurity = OverTlsAlone;
            }

            return Task.CompletedTask;
        });
        return next(http);
    }
}

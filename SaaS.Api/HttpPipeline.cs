using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using SaaS.Core;
using SaaS.Core.RateLimiting;
using SaaS.ServiceDefaults;

namespace SaaS.Api;

/// <summary>What every request passes, in this order.</summary>
internal static class HttpPipeline
{
    /// <summary>For everything but uploads, which name a limit of their own.</summary>
    private const long MaxBodyBytes = 1024 * 1024;

    /// <summary>For whatever is no page: nothing in it is to be loaded, run or framed, should a browser be made to show it.</summary>
    private const string NoPage = "default-src 'none'; frame-ancestors 'none'";

    /// <summary>How long a browser may remember what it may send; longer than any browser remembers would say nothing.</summary>
    private static readonly TimeSpan PreflightMaxAge = TimeSpan.FromHours(1);

    public static void AddHttpPipeline(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<RequestLimitOptions>>((options, requests) =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = MaxBodyBytes;
            options.Limits.RequestHeadersTimeout = requests.Value.HeaderPatience;
            options.Limits.MinRequestBodyDataRate = new MinDataRate(requests.Value.MinBodyBytesPerSecond, requests.Value.BodyGrace);
        });

        builder.AddTransportSecurity();
        builder.Services.AddCors(options => options.AddDefaultPolicy(policy => policy
            .WithOrigins(builder.Configuration.GetSection("Cors:Origins").Get<string[]>() ?? [])
            .WithMethods("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
            .WithHeaders("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Range")
            .WithExposedHeaders(
                "Accept", "Accept-Encoding", "Accept-Patch", "Accept-Ranges", "Allow", "Content-Disposition", "Content-Range", "ETag", "Idempotency-Replayed", "Location",
                "RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate")
            .SetPreflightMaxAge(PreflightMaxAge)
            .AllowCredentials()));
    }

    public static void UseHttpPipeline(this WebApplication app)
    {
        app.UseTransportSecurity();                                  // first: everything after it sees the caller's own address
        app.Use(AddSecurityHeaders);                                 // before anything can answer
        app.UseProblems();                                           // whatever goes wrong below is answered in one shape
        app.UseRoutingWithHead();
        app.Use(RefuseEncodedBodies);                                // nothing is unpacked: a small body would become a large one
        app.UseContentTypes();
        app.UseCors();                                               // before sign-in: a browser's preflight has no token
        app.UseAuthentication();
        app.UseLimits();                                             // before anything is done for whoever asks too much
        app.UseAuthorization();
        app.UseGates();                                              // after sign-in: they ask who is calling
    }

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
            if (headers.ContentSecurityPolicy.Count == 0)
            {
                headers.ContentSecurityPolicy = NoPage;
            }

            if (headers.CacheControl.Count == 0)
            {
                headers.CacheControl = "no-store";
            }

            return Task.CompletedTask;
        });
        return next(http);
    }

    private static Task RefuseEncodedBodies(HttpContext http, RequestDelegate next)
    {
        if (http.Request.Headers.ContentEncoding.All(encoding => encoding is null or "" or "identity"))
        {
            return next(http);
        }

        http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        http.Response.Headers.AcceptEncoding = "identity"; // RFC 9110, section 15.5.16: what was wrong is the coding, not the type
        return Task.CompletedTask;
    }
}

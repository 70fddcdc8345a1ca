using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using SaaS.Core;
using SaaS.Core.RateLimiting;
using SaaS.ServiceDefaults;

namespace SaaS.Api;

/// <summary>Configures the middleware of the API, in order.</summary>
internal static class HttpPipeline
{
    /// <summary>The limit of all requests but uploads, which set their own.</summary>
    private const long MaxBodyBytes = 1024 * 1024;

    /// <summary>The policy of responses that are not pages: a browser that shows one must not load, run or frame anything.</summary>
    private const string NonPagePolicy = "default-src 'none'; frame-ancestors 'none'";

    /// <summary>The time that a browser may cache a preflight response; browsers cap longer values.</summary>
    private static readonly TimeSpan PreflightMaxAge = TimeSpan.FromHours(1);

    public static void AddHttpPipeline(this WebApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<KestrelServerOptions>()
            .Configure<IOptions<RequestLimitOptions>>(
                (options, requests) =>
                {
                    options.AddServerHeader = false;
                    options.Limits.MaxRequestBodySize = MaxBodyBytes;
                    options.Limits.RequestHeadersTimeout = requests.Value.HeaderTimeout;
                    options.Limits.MinRequestBodyDataRate = new MinDataRate(requests.Value.MinBodyBytesPerSecond, requests.Value.BodyGrace);
                }
            );

        builder.AddTransportSecurity();
        builder.Services.AddCors(options =>
            options.AddDefaultPolicy(policy =>
                policy
                    .WithOrigins(builder.Configuration.GetSection("Cors:Origins").Get<string[]>() ?? [])
                    .WithMethods("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
                    .WithHeaders(
                        "Authorization",
                        "Content-Type",
                        "Idempotency-Key",
                        "If-Match",
                        "If-Modified-Since",
                        "If-None-Match",
                        "If-Range",
                        "If-Unmodified-Since",
                        "Range"
                    )
                    .WithExposedHeaders(
                        "Accept",
                        "Accept-Encoding",
                        "Accept-Patch",
                        "Accept-Ranges",
                        "Allow",
                        "Content-Disposition",
                        "Content-Range",
                        "ETag",
                        "Idempotency-Replayed",
                        "Location",
                        "RateLimit",
                        "RateLimit-Policy",
                        "Retry-After",
                        "WWW-Authenticate"
                    )
                    .SetPreflightMaxAge(PreflightMaxAge)
                    .AllowCredentials()
            )
        );
    }

    public static void UseHttpPipeline(this WebApplication app)
    {
        app.UseTransportSecurity(); // first: later middleware needs the client's address
        app.Use(AddSecurityHeaders); // before anything can respond
        app.UseProblems(); // errors below get the same shape
        app.UseRoutingWithHead();
        app.Use(RejectEncodedBodies); // a small compressed body could become a large one
        app.UseContentTypes();
        app.UseCors(); // before authentication: a preflight request has no token
        app.UseAuthentication();
        app.UseLimits(); // before expensive work
        app.UseAuthorization();
        app.UseAccessChecks(); // after authentication: they need the current user
    }

    private static Task AddSecurityHeaders(HttpContext http, RequestDelegate next)
    {
        // Set when the response starts, because an exception clears the headers that were set before.
        http.Response.OnStarting(() =>
        {
            var headers = http.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Resource-Policy"] = "same-site";
            if (headers.ContentSecurityPolicy.Count == 0)
            {
                headers.ContentSecurityPolicy = NonPagePolicy;
            }

            if (headers.CacheControl.Count == 0)
            {
                headers.CacheControl = "no-store";
            }

            return Task.CompletedTask;
        });
        return next(http);
    }

    private static Task RejectEncodedBodies(HttpContext http, RequestDelegate next)
    {
        if (http.Request.Headers.ContentEncoding.All(encoding => encoding is null or "" or "identity"))
        {
            return next(http);
        }

        http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        http.Response.Headers.AcceptEncoding = "identity"; // RFC 9110, section 15.5.16: the encoding is rejected, not the type
        return Task.CompletedTask;
    }
}

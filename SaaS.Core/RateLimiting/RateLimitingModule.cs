using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.RateLimiting;

/// <summary>Limits the requests of each user, IP address and tenant.</summary>
internal static class RateLimitingModule
{
    public static void AddRateLimiting(this IServiceCollection services)
    {
        services
            .AddSettings<RateLimitOptions>("RateLimits")
            .Validate(
                options => options.AreValid,
                "RateLimits: each limit needs Permits from 1 to 10000000 and a Period from a second to a day."
            );
        services.AddSettings<RequestLimitOptions>("Requests");
        services.AddSingleton<RateLimits>();
    }

    public static void UseUserRateLimits(this IApplicationBuilder app) => app.UseMiddleware<UserRateLimitMiddleware>();

    /// <summary>Buffers request bodies, then limits the concurrent requests of each account. Must run last before the endpoints.</summary>
    public static void UseRequestBodies(this IApplicationBuilder app)
    {
        app.UseMiddleware<RequestBodyMiddleware>();
        app.UseMiddleware<AccountConcurrencyMiddleware>();
    }

    public static void UseTenantRateLimits(this IApplicationBuilder app) => app.UseMiddleware<TenantRateLimitMiddleware>();
}

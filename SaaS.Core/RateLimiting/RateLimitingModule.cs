using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.RateLimiting;

/// <summary>How much of the API one caller, one address and one tenant may use.</summary>
internal static class RateLimitingModule
{
    public static void AddLimits(this IServiceCollection services)
    {
        services.AddSettings<RateLimitOptions>("RateLimits")
            .Validate(options => options.AreSound, "RateLimits: each limit needs Permits from 1 to 10000000 and a Period from a second to a day.");
        services.AddSettings<RequestLimitOptions>("Requests");
        services.AddSingleton<RateLimits>();
    }

    public static void UseCallerLimits(this IApplicationBuilder app) => app.UseMiddleware<UserRateLimitMiddleware>();

    /// <summary>Receives bodies, then lets an account's requests take turns; goes last, right before the routes.</summary>
    public static void UseRequestBodies(this IApplicationBuilder app)
    {
        app.UseMiddleware<RequestBodyMiddleware>();
        app.UseMiddleware<AccountConcurrencyMiddleware>();
    }

    public static void UseTenantLimits(this IApplicationBuilder app) => app.UseMiddleware<TenantRateLimitMiddleware>();
}

using Microsoft.AspNetCore.Http;
using SaaS.Core.Access;
using SaaS.Core.Http;

namespace SaaS.Core.RateLimiting;

/// <summary>Limits requests by user or IP address. Runs after authentication and before any expensive work.</summary>
internal sealed class UserRateLimitMiddleware(RequestDelegate next, RateLimits limits)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (await limits.AcquireForUserAsync(http) is { } problem)
        {
            await problem.ToHttp().ExecuteAsync(http);
            return;
        }

        await next(http);
    }
}

/// <summary>Limits requests by tenant. Runs after the authorization of the tenant, so that only its members count.</summary>
internal sealed class TenantRateLimitMiddleware(RequestDelegate next, RateLimits limits)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (http.Features.Get<TenantScope>() is { } tenant && await limits.AcquireForTenantAsync(http, tenant) is { } problem)
        {
            await problem.ToHttp().ExecuteAsync(http);
            return;
        }

        await next(http);
    }
}

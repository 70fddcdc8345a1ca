using Microsoft.AspNetCore.Http;
using SaaS.Core.Access;
using SaaS.Core.Http;

namespace SaaS.Core.RateLimiting;

/// <summary>Goes after authentication, which says who is calling, and before anything that costs.</summary>
internal sealed class UserRateLimitMiddleware(RequestDelegate next, RateLimits limits)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (await limits.FindCallerRefusalAsync(http) is { } refusal)
        {
            await refusal.ToHttp().ExecuteAsync(http);
            return;
        }

        await next(http);
    }
}

/// <summary>Goes after the tenant's gate, which lets in who belongs there.</summary>
internal sealed class TenantRateLimitMiddleware(RequestDelegate next, RateLimits limits)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (http.Features.Get<TenantScope>() is { } tenant && await limits.FindTenantRefusalAsync(http, tenant) is { } refusal)
        {
            await refusal.ToHttp().ExecuteAsync(http);
            return;
        }

        await next(http);
    }
}

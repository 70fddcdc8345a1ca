using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy;

/// <summary>Rechecks access after the request body was read: in each transaction, and before a response that needed none.</summary>
internal static class RecheckedRoutes
{
    /// <summary>Rechecks access on every route of the group that can change data on behalf of the current user.</summary>
    public static RouteGroupBuilder RecheckAccess(this RouteGroupBuilder routes) => routes.AddEndpointFilter(RecheckAsync);

    private static async ValueTask<object?> RecheckAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if ((RequestAccess.Get(http) ?? RequestAccess.Store(http, tenant: null)) is not { } access)
        {
            return await next(context);
        }

        var recheck = http.RequestServices.GetRequiredService<AccessRecheck>();
        http.RequestServices.GetRequiredService<ControlDbContext>().SetAccess(access);
        try
        {
            if (http.Features.Get<AwaitedBodyFeature>() is not null)
            {
                // Effects without a transaction, such as calls to a provider, are not rechecked later.
                await recheck.RecheckAsync(access, http.RequestAborted);
                access.WasRechecked = false;
            }

            var result = await next(context);
            if (!access.WasRechecked)
            {
                // A response that needed no transaction must not be sent to a revoked session.
                await recheck.RecheckAsync(access, http.RequestAborted);
            }

            return result;
        }
        catch (AccessEndedException e)
        {
            return e.Problem.ToHttp();
        }
    }
}

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy;

/// <summary>Routes on which access is checked again after the body was read: in each transaction, and before an answer that needed none.</summary>
internal static class RecheckedRoutes
{
    /// <summary>Checks access again on every route of the group that may change something in its caller's name.</summary>
    public static RouteGroupBuilder RecheckAccess(this RouteGroupBuilder routes) => routes.AddEndpointFilter(RecheckAsync);

    private static async ValueTask<object?> RecheckAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if ((RequestAccess.Of(http) ?? RequestAccess.Remember(http, tenant: null)) is not { } access)
        {
            return await next(context);
        }

        var recheck = http.RequestServices.GetRequiredService<AccessRecheck>();
        http.RequestServices.GetRequiredService<ControlDbContext>().Serve(access);
        try
        {
            if (http.Features.Get<AwaitedBody>() is not null)
            {
                await recheck.RecheckAsync(access, http.RequestAborted); // what is no transaction, such as a call to a provider, is not begun either
                access.WasRechecked = false;
            }

            var answer = await next(context);
            if (!access.WasRechecked)
            {
                await recheck.RecheckAsync(access, http.RequestAborted); // what is only read, or refused, is told to nobody who may not ask any more
            }

            return answer;
        }
        catch (AccessEndedException e)
        {
            return e.Refusal.ToHttp();
        }
    }
}

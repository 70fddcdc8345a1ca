using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Mfa;
using SaaS.Core.RateLimiting;
using SaaS.Core.Tenancy;

namespace SaaS.Core;

/// <summary>The middleware of the product, which hosts place in their pipelines, and the conventions of its routes.</summary>
public static class CoreMiddleware
{
    /// <summary>Turns errors of later middleware into problem details.</summary>
    public static void UseProblems(this IApplicationBuilder app) => app.UseProblemShape();

    /// <summary>Rejects JSON content types that the endpoint does not accept. Add it after routing.</summary>
    public static void UseContentTypes(this IApplicationBuilder app) => app.UseJsonContentTypes();

    /// <summary>Adds the rate limits of users. Add it after authentication, which identifies the user, and before expensive work.</summary>
    public static void UseLimits(this IApplicationBuilder app)
    {
        app.UseSecurityEvents(); // first: it records what is rejected below
        app.UseUserRateLimits();
    }

    /// <summary>
    /// Adds the policies of sessions and API keys, tenant authorization, recent proofs, tenant rate limits and validation of query and body.
    /// Add it after authentication.
    /// </summary>
    public static void UseAccessChecks(this IApplicationBuilder app)
    {
        app.UseMiddleware<SessionPolicyMiddleware>();
        app.UseMiddleware<ApiKeyPolicyMiddleware>();
        app.UseMiddleware<TenantAuthorizationMiddleware>();
        app.UseMiddleware<RecentProofMiddleware>();
        app.UseTenantRateLimits();
        app.UseMiddleware<QueryValidationMiddleware>();
        app.UseRequestBodies();
    }

    /// <summary>Maps the pages that describe problem types.</summary>
    public static void MapProblemTypes(this IEndpointRouteBuilder routes) => routes.MapProblemPages();

    /// <summary>Maps the group of all endpoints, with the conventions and problems that are common to them.</summary>
    internal static RouteGroupBuilder MapApiGroup(this IEndpointRouteBuilder routes)
    {
        var group = routes
            .MapGroup("")
            .RequireAuthorization()
            .ProducesProblem(RateLimits.Exceeded, HttpProblems.Unavailable)
            .ProducesProblem(SessionPolicyMiddleware.ProblemsOf)
            .ProducesProblem(ApiKeyPolicyMiddleware.ProblemsOf)
            .RecheckAccess()
            .ProducesProblem(RequestProblems.GetBindingProblems);
        QueryParameters.AddTo(group);
        JsonContentTypes.AddTo(group);
        return group;
    }
}

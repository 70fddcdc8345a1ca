using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;

namespace SaaS.Core.Access;

/// <summary>
/// The access that was granted to a request which can change data: its session or API key, and a role in a tenant or for the platform.
/// It is rechecked at the commit, because the request may have waited for its body or for a lock since.
/// </summary>
/// <param name="Principal">The session and the account, or the API key and the service account.</param>
/// <param name="RequiredPlatformAdmin">True when the route requires an administrator of the platform.</param>
/// <param name="Tenant">The tenant and the granted role; null outside of tenants.</param>
internal sealed record RequestAccess(Principal Principal, bool RequiredPlatformAdmin, TenantAccess? Tenant)
{
    /// <summary>True when the access was rechecked after the request body was received.</summary>
    public bool WasRechecked { get; set; }

    /// <summary>Returns the access of a request that can change data on behalf of its caller; null for any other request.</summary>
    public static RequestAccess? Get(HttpContext http) => http.Features.Get<RequestAccess>();

    /// <summary>Stores the access that was granted to the request.</summary>
    /// <returns>Null for safe methods and for requests without an authenticated caller.</returns>
    public static RequestAccess? Store(HttpContext http, TenantAccess? tenant)
    {
        if (
            HttpMethods.IsGet(http.Request.Method)
            || HttpMethods.IsHead(http.Request.Method)
            || HttpMethods.IsOptions(http.Request.Method)
            || http.GetEndpoint() is not RouteEndpoint endpoint
            || Principal.Get(http) is not { } principal
            || SessionPolicyMiddleware.AllowsAnonymous(endpoint.Metadata)
        )
        {
            return null;
        }

        var access = new RequestAccess(principal, endpoint.Metadata.GetMetadata<RequiredPlatformAdmin>() is not null, tenant);
        http.Features.Set(access);
        return access;
    }
}

/// <summary>A role in a tenant that was granted to a request.</summary>
/// <param name="AllowsDeleted">True when the route allows deleted tenants.</param>
internal sealed record TenantAccess(Guid TenantId, TenantRole Role, bool AllowsDeleted);

/// <summary>The access of a request ended before its changes were committed; they are rolled back.</summary>
internal sealed class AccessEndedException(Problem problem) : Exception(problem.Message)
{
    /// <summary>The problem of the response, which the next request would get as well.</summary>
    public Problem Problem => problem;
}

/// <summary>Rechecks the access of a request between the parts of a long response.</summary>
/// <exception cref="AccessEndedException">The access has ended.</exception>
internal delegate Task RecheckAccess(RequestAccess access, CancellationToken ct);

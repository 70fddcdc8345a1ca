using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;

namespace SaaS.Core.Access;

/// <summary>
/// What a request that may change something was let in with: the session, the account, and a role in a tenant or for the platform.
/// It is checked again where the effect is committed, because the body, or a lock, may have been waited for in between.
/// </summary>
/// <param name="Caller">The session and the account.</param>
/// <param name="RequiredPlatformAdmin">The route serves platform administrators only.</param>
/// <param name="Tenant">The tenant and the role that were granted; null outside of tenants.</param>
internal sealed record RequestAccess(CurrentUser Caller, bool RequiredPlatformAdmin, TenantAccess? Tenant)
{
    /// <summary>Whether the access was checked again since the request's body is there.</summary>
    public bool WasRechecked { get; set; }

    /// <summary>The access of a request that may change something in the caller's name; null for every other request.</summary>
    public static RequestAccess? Of(HttpContext http) => http.Features.Get<RequestAccess>();

    /// <summary>Remembers what the request was let in with.</summary>
    /// <returns>Null where no caller decides, or nothing is changed.</returns>
    public static RequestAccess? Remember(HttpContext http, TenantAccess? tenant)
    {
        if (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method) || HttpMethods.IsOptions(http.Request.Method)
            || http.GetEndpoint() is not RouteEndpoint endpoint || CurrentUser.Of(http) is not { } currentUser || SessionPolicyMiddleware.IsAnonymous(endpoint.Metadata))
        {
            return null;
        }

        var access = new RequestAccess(currentUser, endpoint.Metadata.GetMetadata<RequiredPlatformAdmin>() is not null, tenant);
        http.Features.Set(access);
        return access;
    }
}

/// <summary>A role in a tenant, as it was granted to a request.</summary>
/// <param name="AllowsDeleted">The route serves deleted tenants, too.</param>
internal sealed record TenantAccess(Guid TenantId, TenantRole Role, bool AllowsDeleted);

/// <summary>The access that a request was let in with has ended before its effect was committed; nothing of it is.</summary>
internal sealed class AccessEndedException(Problem refusal) : Exception(refusal.Message)
{
    /// <summary>What the caller is told: the same as at the next request.</summary>
    public Problem Refusal => refusal;
}

/// <summary>Checks again what a request was let in with, between the pieces of a long answer.</summary>
/// <exception cref="AccessEndedException">The access has ended.</exception>
internal delegate Task RecheckAccess(RequestAccess access, CancellationToken ct);

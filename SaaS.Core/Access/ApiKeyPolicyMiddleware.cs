using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using SaaS.Core.Http;

namespace SaaS.Core.Access;

/// <summary>
/// Enforces what depends on an API key only: its tenant and its scopes. Routes outside of tenants, and routes of a tenant that declare no
/// scope, are denied to every key.
/// </summary>
internal sealed class ApiKeyPolicyMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        var problem =
            http.GetEndpoint() is RouteEndpoint endpoint && CurrentServiceAccount.Get(http) is { } account
                ? Check(http, endpoint.Metadata, account)
                : null;
        return problem is null ? next(http) : problem.ToHttp().ExecuteAsync(http);
    }

    /// <summary>Lists the problems that an API key can cause on a route.</summary>
    public static IEnumerable<Problem> ProblemsOf(RouteEndpointBuilder route)
    {
        var metadata = new EndpointMetadataCollection(route.Metadata);
        return SessionPolicyMiddleware.AllowsAnonymous(metadata)
            ? []
            :
            [
                ApiKeyProblems.Invalid,
                ApiKeyProblems.ConflictingCredentials,
                ApiKeyProblems.NetworkNotAllowed,
                metadata.GetMetadata<RequiredScope>() is null ? ApiKeyProblems.NotForApiKeys : ApiKeyProblems.InsufficientScope,
            ];
    }

    private static Problem? Check(HttpContext http, EndpointMetadataCollection metadata, CurrentServiceAccount account)
    {
        if (SessionPolicyMiddleware.AllowsAnonymous(metadata))
        {
            return null; // the key is ignored, as a token is
        }

        if (metadata.GetMetadata<RequiredTenantRole>() is null)
        {
            return WithScopes(ApiKeyProblems.NotForApiKeys, account);
        }

        // First, so that a key learns nothing about other tenants.
        if (!Guid.TryParse(http.GetRouteValue(TenantRoutes.TenantId)?.ToString(), out var tenantId) || tenantId != account.TenantId)
        {
            return TenantRoutes.TenantNotFound;
        }

        if (metadata.GetMetadata<RequiredScope>() is not { Scope: var required })
        {
            return WithScopes(ApiKeyProblems.NotForApiKeys, account);
        }

        if (account.Has(required))
        {
            return null;
        }

        http.Response.Headers.Append(HeaderNames.WWWAuthenticate, $"Bearer error=\"insufficient_scope\", scope=\"{required.Name}\"");
        return WithScopes(
            ApiKeyProblems.InsufficientScope with
            {
                Message = $"{ApiKeyProblems.InsufficientScope.Message}: {required.Name}",
            },
            account
        );
    }

    private static Problem WithScopes(Problem problem, CurrentServiceAccount account) =>
        problem with
        {
            Message = $"{problem.Message}; the scopes of this key are {string.Join(", ", account.Scopes)}",
        };
}

using Microsoft.AspNetCore.Builder;

namespace SaaS.Core.Access;

/// <summary>A scope of API keys: a part of the API that a key may use. Every scope is listed here, and used by at least one route.</summary>
internal sealed record ApiScope
{
    private static readonly List<ApiScope> Listed = [];

    public static readonly ApiScope AuditRead = Add("audit:read", TenantRole.Admin);
    public static readonly ApiScope DocumentsRead = Add("documents:read", TenantRole.Viewer);
    public static readonly ApiScope DocumentsWrite = Add("documents:write", TenantRole.User);
    public static readonly ApiScope FilesRead = Add("files:read", TenantRole.Viewer);
    public static readonly ApiScope FilesWrite = Add("files:write", TenantRole.User);
    public static readonly ApiScope MembersRead = Add("members:read", TenantRole.Viewer);
    public static readonly ApiScope MembersWrite = Add("members:write", TenantRole.Admin);
    public static readonly ApiScope TenantRead = Add("tenant:read", TenantRole.Viewer);
    public static readonly ApiScope TenantWrite = Add("tenant:write", TenantRole.Admin);

    private ApiScope(string name, TenantRole role) => (Name, Role) = (name, role);

    /// <summary>The name: a resource and what may be done with it.</summary>
    public string Name { get; }

    /// <summary>The lowest role that can use at least one of the scope's routes.</summary>
    public TenantRole Role { get; }

    /// <summary>All scopes.</summary>
    public static IReadOnlyList<ApiScope> All => Listed;

    /// <returns>The scope; null when there is none of this name.</returns>
    public static ApiScope? Find(string name) => Listed.Find(scope => scope.Name == name);

    public override string ToString() => Name;

    private static ApiScope Add(string name, TenantRole role)
    {
        var scope = new ApiScope(name, role);
        Listed.Add(scope);
        return scope;
    }
}

/// <summary>Endpoint metadata: API keys with this scope may call the route. Without it, no API key may.</summary>
internal sealed record RequiredScope(ApiScope Scope);

internal static class ScopedRoutes
{
    /// <summary>Opens a route of a tenant to API keys that have the scope; the role of the service account is checked as well.</summary>
    public static RouteHandlerBuilder RequireScope(this RouteHandlerBuilder route, ApiScope scope) =>
        route.WithMetadata(new RequiredScope(scope));
}

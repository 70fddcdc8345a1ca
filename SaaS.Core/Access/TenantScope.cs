using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace SaaS.Core.Access;

/// <summary>
/// The proof that an actor may act in a tenant in a role, which is required to open the tenant's database. It is granted only by
/// <c>TenantAuthorizationMiddleware</c> to requests and by <c>SystemTenantAccess</c> to consumers and jobs.
/// </summary>
internal sealed record TenantScope
{
    private TenantScope(Guid tenantId, Actor actor, TenantRole role, TenantDatabase database)
    {
        TenantId = tenantId;
        Actor = actor;
        Role = role;
        Database = database;
    }

    public Guid TenantId { get; }

    public Actor Actor { get; }

    public TenantRole Role { get; }

    public TenantDatabase Database { get; }

    /// <summary>The tenant's own limit in requests per minute; null where the platform's limit applies.</summary>
    public int? MaxRequestsPerMinute { get; private init; }

    /// <summary>The access of a request that can change data; null for other requests and for the system.</summary>
    public RequestAccess? Access { get; private init; }

    /// <summary>Grants access; a test verifies that only the two types above call it.</summary>
    internal static TenantScope Grant(
        Guid tenantId,
        Actor actor,
        TenantRole role,
        TenantDatabase database,
        int? requestsPerMinute = null,
        RequestAccess? access = null
    ) => new(tenantId, actor, role, database) { MaxRequestsPerMinute = requestsPerMinute, Access = access };

    /// <summary>Binds the scope that was granted to the request to a handler's parameter.</summary>
    public static ValueTask<TenantScope?> BindAsync(HttpContext http, ParameterInfo _) =>
        ValueTask.FromResult(http.Features.Get<TenantScope>());
}

/// <summary>The location of a tenant's data: its database, and the role and encrypted password to connect with.</summary>
internal sealed record TenantDatabase(string Name, string Role, string EncryptedPassword)
{
    /// <summary>The encryption purpose of the role's password.</summary>
    public const string PasswordPurpose = "database-password";
}

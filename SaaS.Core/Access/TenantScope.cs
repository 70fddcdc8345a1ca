using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace SaaS.Core.Access;

/// <summary>
/// The proof that this actor may act in this tenant, in this role. Nothing opens a tenant's database without one, and
/// only the two gates grant one: <c>TenantAuthorizationMiddleware</c> to requests, <c>SystemTenantAccess</c> to consumers and jobs.
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

    /// <summary>How many requests a minute were agreed for the tenant; null where the platform's limit holds.</summary>
    public int? AgreedRequestsPerMinute { get; private init; }

    /// <summary>What a request that may change something was let in with; null for every other one, and for the system itself.</summary>
    public RequestAccess? Access { get; private init; }

    /// <summary>For the gates alone; a test reads the compiled code for other callers.</summary>
    internal static TenantScope Grant(Guid tenantId, Actor actor, TenantRole role, TenantDatabase database, int? requestsPerMinute = null, RequestAccess? access = null) =>
        new(tenantId, actor, role, database) { AgreedRequestsPerMinute = requestsPerMinute, Access = access };

    /// <summary>Hands a route's handler what the gate granted to its request.</summary>
    public static ValueTask<TenantScope?> BindAsync(HttpContext http, ParameterInfo _) => ValueTask.FromResult(http.Features.Get<TenantScope>());
}

/// <summary>Where a tenant's data lies: its database, and the role and sealed password that open it.</summary>
internal sealed record TenantDatabase(string Name, string Role, string SealedPassword);

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;

namespace SaaS.Core.Audit;

/// <summary>Who did what, where and when. Use cases record through the database that they change; admins read their tenant's.</summary>
internal static class AuditModule
{
    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        var audit = routes.MapTenantGroup("/api/tenants/{tenantId:guid}/audit").WithTags("Audit");
        ListAuditEntries.Map(audit);
    }
}

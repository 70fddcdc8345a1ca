using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Paging;

namespace SaaS.Core.Auditing;

internal static class ListAuditEntries
{
    internal static void Map(RouteGroupBuilder audit) =>
        audit
            .MapGet("", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .RequireScope(ApiScope.AuditRead)
            .AlsoProduces(AuditExport.CsvType, AuditExport.NdJsonType)
            .ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists a tenant's audit entries, newest first.</summary>
    /// <remarks>
    /// Includes all entries of the tenant: content, members, single sign-on, quotas, tenant-bound sign-ins, and actions of operators.
    /// The response is a page or, with `format`, a file of all matching entries.
    /// </remarks>
    internal static Task<Results<Ok<ApiResponse<AuditList>>, AuditExport, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        [AsParameters] AuditFilter filter,
        HttpRequest request,
        TenantScope scope,
        Principal principal,
        AuditResponder responder,
        CancellationToken ct
    ) =>
        responder.RespondAsync(
            AuditScope.ForTenant(scope),
            page,
            filter,
            request.Headers.Accept,
            new RequestAccess(
                principal,
                RequiredPlatformAdmin: false,
                new TenantAccess(scope.TenantId, TenantRole.Admin, AllowsDeleted: false)
            ),
            ct
        );
}

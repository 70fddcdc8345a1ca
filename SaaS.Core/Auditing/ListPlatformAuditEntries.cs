using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Paging;

namespace SaaS.Core.Auditing;

internal static class ListPlatformAuditEntries
{
    internal static void Map(RouteGroupBuilder audit) =>
        audit.MapGet("", Handle).AlsoProduces(AuditExport.CsvType, AuditExport.NdJsonType).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists the platform's audit entries, newest first.</summary>
    /// <remarks>
    /// Includes the entries of the control database: accounts, sessions, tenants, members, single sign-on, operations and security events.
    /// Entries about a tenant's documents and files are stored in the tenant's database, and only its admins can read them.
    /// </remarks>
    internal static Task<Results<Ok<ApiResponse<AuditList>>, AuditExport, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        [AsParameters] AuditFilter filter,
        [FromQuery(Name = "tenant_id"), Description("Only entries of the tenant with this id.")] Guid? tenantId,
        HttpRequest request,
        CurrentUser currentUser,
        AuditResponder responder,
        CancellationToken ct
    ) =>
        responder.RespondAsync(
            AuditScope.ForPlatform(tenantId),
            page,
            filter,
            request.Headers.Accept,
            new RequestAccess(currentUser, RequiredPlatformAdmin: true, Tenant: null),
            ct
        );
}

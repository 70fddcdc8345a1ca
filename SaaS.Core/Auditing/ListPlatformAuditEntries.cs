using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

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
    internal static async Task<Results<Ok<ApiResponse<AuditList>>, AuditExport, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        [AsParameters] AuditFilter filter,
        [FromQuery(Name = "tenant_id"), Description("Only entries of the tenant with this id.")] Guid? tenantId,
        HttpRequest request,
        CurrentUser currentUser,
        ControlDbContext control,
        AuditReader reader,
        RecheckAccess recheck,
        CancellationToken ct
    )
    {
        var scope = AuditScope.ForPlatform(tenantId);
        if (AuditPosition.Validate(page, out var after) is { } problem)
        {
            return problem.ToHttp();
        }

        if (AuditExport.GetFormat(filter, request.Headers.Accept) is { } format)
        {
            control.Audit.Record(
                tenantId,
                currentUser.Actor,
                AuditAction.AuditExported,
                tenantId ?? NamedId.From("platform"),
                AuditDetails.Create("format", format)
            );
            await control.SaveChangesAsync(ct);
            return new AuditExport(
                reader,
                scope,
                filter,
                after,
                format,
                new RequestAccess(currentUser, RequiredPlatformAdmin: true, Tenant: null),
                recheck
            );
        }

        return ApiResponse.Ok(await AuditList.ReadAsync(reader, scope, filter, page, after, ct), "Audit retrieved");
    }
}

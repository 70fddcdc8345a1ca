using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Auditing;

internal static class ListAuditEntries
{
    internal static void Map(RouteGroupBuilder audit) =>
        audit
            .MapGet("", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .AlsoProduces(AuditExport.CsvType, AuditExport.NdJsonType)
            .ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists a tenant's audit entries, newest first.</summary>
    /// <remarks>
    /// Includes all entries of the tenant: content, members, single sign-on, quotas, tenant-bound sign-ins, and actions of operators.
    /// The response is a page or, with `format`, a file of all matching entries.
    /// </remarks>
    internal static async Task<Results<Ok<ApiResponse<AuditList>>, AuditExport, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        [AsParameters] AuditFilter filter,
        HttpRequest request,
        TenantScope scope,
        CurrentUser currentUser,
        ControlDbContext control,
        AuditReader reader,
        RecheckAccess recheck,
        CancellationToken ct
    )
    {
        if (AuditPosition.Validate(page, out var after) is { } problem)
        {
            return problem.ToHttp();
        }

        if (AuditExport.GetFormat(filter, request.Headers.Accept) is { } format)
        {
            control.Audit.Record(
                scope.TenantId,
                scope.Actor,
                AuditAction.AuditExported,
                scope.TenantId,
                AuditDetails.Create("format", format)
            );
            await control.SaveChangesAsync(ct);
            var access = new RequestAccess(
                currentUser,
                RequiredPlatformAdmin: false,
                new TenantAccess(scope.TenantId, TenantRole.Admin, AllowsDeleted: false)
            );
            return new AuditExport(reader, AuditScope.ForTenant(scope), filter, after, format, access, recheck);
        }

        return ApiResponse.Ok(await AuditList.ReadAsync(reader, AuditScope.ForTenant(scope), filter, page, after, ct), "Audit retrieved");
    }
}

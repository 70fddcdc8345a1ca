using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Primitives;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Auditing;

/// <summary>Responds to a request for audit entries with a page or, with a format, with an export, which it records.</summary>
internal sealed class AuditResponder(ControlDbContext control, AuditReader reader, RecheckAccess recheck)
{
    /// <param name="accept">The Accept header of the request.</param>
    /// <param name="access">The access that an export rechecks.</param>
    public async Task<Results<Ok<ApiResponse<AuditList>>, AuditExport, ProblemResult>> RespondAsync(
        AuditScope scope,
        PageRequest page,
        AuditFilter filter,
        StringValues accept,
        RequestAccess access,
        CancellationToken ct
    )
    {
        if (AuditPosition.Validate(page, out var after) is { } problem)
        {
            return problem.ToHttp();
        }

        if (AuditExport.GetFormat(filter, accept) is { } format)
        {
            control.Audit.Record(
                scope.TenantIdFilter,
                access.Principal.Actor,
                AuditAction.AuditExported,
                scope.TenantIdFilter ?? NamedId.From("platform"),
                AuditDetails.Create("format", format)
            );
            await control.SaveChangesAsync(ct);
            return new AuditExport(reader, scope, filter, after, format, access, recheck);
        }

        return ApiResponse.Ok(await AuditList.ReadAsync(reader, scope, filter, page, after, ct), "Audit retrieved");
    }
}

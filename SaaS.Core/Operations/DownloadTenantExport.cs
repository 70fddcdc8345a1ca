using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Objects;

namespace SaaS.Core.Operations;

internal static class DownloadTenantExport
{
    private const string Zip = "application/zip";

    private static readonly Problem NotFound = new(ProblemKind.NotFound, "NOT_FOUND", "There is no export of this tenant");

    internal static void Map(RouteGroupBuilder tenants)
    {
        tenants.MapGet("/{tenantId:guid}/export", Handle).Produces<Stream>(StatusCodes.Status200OK, Zip).ProducesProblem(NotFound);
        tenants.MapDelete("/{tenantId:guid}/export", HandleDelete).WithName("deleteExport");
    }

    /// <summary>Downloads the export of an erased tenant as a ZIP file.</summary>
    internal static async Task<Results<FileStreamHttpResult, ProblemResult>> Handle(
        Guid tenantId,
        CurrentUser currentUser,
        ControlDbContext db,
        ObjectStore objects,
        CancellationToken ct
    )
    {
        if (await objects.OpenAsync(ObjectKey.ForExport(tenantId), ct) is not { } content)
        {
            return NotFound.ToHttp();
        }

        db.Audit.Record(tenantId, currentUser.Actor, AuditAction.ExportRead, tenantId, AuditDetails.Empty);
        await db.SaveChangesAsync(ct);
        return TypedResults.Stream(content, Zip, fileDownloadName: $"tenant-{tenantId}.zip", enableRangeProcessing: true);
    }

    /// <summary>Deletes the export of an erased tenant.</summary>
    internal static async Task<Ok<SuccessResponse>> HandleDelete(
        Guid tenantId,
        CurrentUser currentUser,
        ControlDbContext db,
        ObjectStore objects,
        CancellationToken ct
    )
    {
        await objects.DeleteAsync(ObjectKey.ForExport(tenantId), ct);
        db.Audit.Record(tenantId, currentUser.Actor, AuditAction.ExportRemoved, tenantId, AuditDetails.Empty);
        await db.SaveChangesAsync(ct);
        return SuccessResponse.Ok("Export removed");
    }
}

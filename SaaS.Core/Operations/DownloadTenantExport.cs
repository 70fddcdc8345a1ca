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

    /// <summary>Streams the file with everything that an erased tenant had.</summary>
    internal static async Task<Results<FileStreamHttpResult, ProblemResult>> Handle(Guid tenantId, CurrentUser currentUser, ControlDbContext db, ObjectStore objects, CancellationToken ct)
    {
        if (await objects.OpenAsync(ObjectKey.OfExport(tenantId), ct) is not { } content)
        {
            return NotFound.ToHttp();
        }

        db.Audit.Record(tenantId, currentUser.Actor, AuditAction.ExportRead, tenantId, AuditDetails.None);
        await db.SaveChangesAsync(ct);
        return TypedResults.Stream(content, Zip, fileDownloadName: $"tenant-{tenantId}.zip", enableRangeProcessing: true);
    }

    /// <summary>Removes that file, once it has been handed over.</summary>
    internal static async Task<Ok<Done>> HandleDelete(Guid tenantId, CurrentUser currentUser, ControlDbContext db, ObjectStore objects, CancellationToken ct)
    {
        await objects.DeleteAsync(ObjectKey.OfExport(tenantId), ct);
        db.Audit.Record(tenantId, currentUser.Actor, AuditAction.ExportRemoved, tenantId, AuditDetails.None);
        await db.SaveChangesAsync(ct);
        return Done.Ok("Export removed");
    }
}

using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Operations;

/// <summary>The quotas of a tenant. For a value that is null or omitted, the platform's limit applies.</summary>
/// <param name="MaxMembers">Maximum number of members.</param>
/// <param name="MaxDocuments">Maximum number of documents.</param>
/// <param name="MaxStorageBytes">Maximum size of stored content (bytes); identical content counts once.</param>
/// <param name="MaxRequestsPerMinute">Maximum number of requests per minute to the tenant, by all members together.</param>
public sealed record AgreedQuotas(
    [Range(1, 1_000_000)] int? MaxMembers,
    [Range(1, int.MaxValue)] int? MaxDocuments,
    [Range(1, long.MaxValue)] long? MaxStorageBytes,
    [Range(1, 10_000_000)] int? MaxRequestsPerMinute
);

internal static class ChangeQuotas
{
    internal static void Map(RouteGroupBuilder tenants) =>
        tenants.MapPut("/{tenantId:guid}/quotas", Handle).ProducesProblem(HttpProblems.BadRequest, TenantRoutes.TenantNotFound);

    /// <summary>Changes the quotas of a tenant. Existing content above a new quota is kept.</summary>
    internal static async Task<Results<Ok<ApiResponse<TenantStateView>>, ProblemResult>> Handle(
        Guid tenantId,
        AgreedQuotas request,
        CurrentUser currentUser,
        ControlDbContext db,
        TimeProvider clock,
        PlatformQuotas quotas,
        CancellationToken ct
    )
    {
        if (await db.Tenants.SingleOrDefaultAsync(candidate => candidate.Id == tenantId, ct) is not { } tenant)
        {
            return TenantRoutes.TenantNotFound.ToHttp();
        }

        var before = tenant.Quotas;
        tenant.Quotas = new TenantQuotas
        {
            MaxMembers = request.MaxMembers,
            MaxDocuments = request.MaxDocuments,
            MaxStorageBytes = request.MaxStorageBytes,
            MaxRequestsPerMinute = request.MaxRequestsPerMinute,
        };
        tenant.UpdatedAt = clock.GetUtcNow();
        db.Audit.Record(
            tenantId,
            currentUser.Actor,
            AuditAction.QuotasChanged,
            tenantId,
            AuditDetails
                .Empty.WithChange("max_members", before.MaxMembers, request.MaxMembers)
                .WithChange("max_documents", before.MaxDocuments, request.MaxDocuments)
                .WithChange("max_storage_bytes", before.MaxStorageBytes, request.MaxStorageBytes)
                .WithChange("max_requests_per_minute", before.MaxRequestsPerMinute, request.MaxRequestsPerMinute)
        );
        await db.SaveChangesAsync(ct);

        return ApiResponse.Ok((await GetTenantState.FindAsync(db, tenantId, quotas, ct))!, "Quotas changed");
    }
}

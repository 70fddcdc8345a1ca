using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Operations;

/// <summary>What is agreed for one tenant; what is null or left out is the platform's limit.</summary>
/// <param name="MaxMembers">Accounts that may act in it.</param>
/// <param name="MaxDocuments">Documents.</param>
/// <param name="MaxStorageBytes">Bytes of stored content; the same content is counted once.</param>
/// <param name="MaxRequestsPerMinute">Requests into the tenant a minute, by all of its members together.</param>
public sealed record AgreedQuotas([Range(1, 1_000_000)] int? MaxMembers, [Range(1, int.MaxValue)] int? MaxDocuments, [Range(1, long.MaxValue)] long? MaxStorageBytes, [Range(1, 10_000_000)] int? MaxRequestsPerMinute);

internal static class ChangeQuotas
{
    internal static void Map(RouteGroupBuilder tenants) =>
        tenants.MapPut("/{tenantId:guid}/quotas", Handle).ProducesProblem(HttpProblems.BadRequest, TenantRoutes.TenantNotFound);

    /// <summary>Sets how much a tenant may have. What it has already, it keeps.</summary>
    internal static async Task<Results<Ok<ApiResponse<TenantStateView>>, ProblemResult>> Handle(
        Guid tenantId, AgreedQuotas request, CurrentUser currentUser, ControlDbContext db, TimeProvider clock, PlatformQuotas quotas, CancellationToken ct)
    {
        if (await db.Tenants.SingleOrDefaultAsync(candidate => candidate.Id == tenantId, ct) is not { } tenant)
        {
            return TenantRoutes.TenantNotFound.ToHttp();
        }

        var before = tenant.Quotas;
        tenant.Quotas = new TenantQuotas { MaxMembers = request.MaxMembers, MaxDocuments = request.MaxDocuments, MaxStorageBytes = request.MaxStorageBytes, MaxRequestsPerMinute = request.MaxRequestsPerMinute };
        tenant.UpdatedAt = clock.GetUtcNow();
        db.Audit.Record(
            tenantId, currentUser.Actor, AuditAction.QuotasChanged, tenantId,
            AuditDetails.None
                .Changed("max_members", before.MaxMembers, request.MaxMembers)
                .Changed("max_documents", before.MaxDocuments, request.MaxDocuments)
                .Changed("max_storage_bytes", before.MaxStorageBytes, request.MaxStorageBytes)
                .Changed("max_requests_per_minute", before.MaxRequestsPerMinute, request.MaxRequestsPerMinute));
        await db.SaveChangesAsync(ct);

        return ApiResponse.Ok((await GetTenantState.FindAsync(db, tenantId, quotas, ct))!, "Quotas changed");
    }
}

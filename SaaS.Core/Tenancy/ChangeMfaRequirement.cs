using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy;

/// <summary>The demand for a second factor.</summary>
/// <param name="RequireMfa">True to demand a second factor of every member.</param>
/// <param name="GracePeriodDays">1 to 90 days in which members can add one; 14 when omitted.</param>
public sealed record ChangeMfaRequirementRequest([Required] bool? RequireMfa, [Range(1, 90)] int? GracePeriodDays = null);

internal static class ChangeMfaRequirement
{
    private const int DefaultGracePeriodDays = 14;

    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapPut("/mfa", Handle).RequireTenantRole(TenantRole.Admin).RequireRecentProof().ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Demands a second factor of the tenant's members, or no longer.</summary>
    /// <remarks>
    /// After the grace period members without one get `SECOND_FACTOR_REQUIRED` on all routes of the tenant, until they add one to their
    /// account or sign in with it. A session of single sign-on satisfies the demand when the provider states `mfa` in `amr`. Demanding it
    /// again changes the grace period.
    /// </remarks>
    internal static async Task<Ok<ApiResponse<MfaRequirement>>> Handle(
        ChangeMfaRequirementRequest request,
        TenantScope scope,
        CurrentUser currentUser,
        ControlDbContext db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        var tenant = await db.Tenants.SingleAsync(candidate => candidate.Id == scope.TenantId, ct);
        tenant.MfaRequiredFrom = request.RequireMfa is true
            ? now + TimeSpan.FromDays(request.GracePeriodDays ?? DefaultGracePeriodDays)
            : null;
        tenant.UpdatedAt = now;
        db.Outbox.Add(new MfaRequirementChanged(tenant.MfaRequiredFrom, currentUser.UserId), subject: tenant.Id, tenantId: tenant.Id);
        db.Audit.Record(
            scope.TenantId,
            scope.Actor,
            AuditAction.MfaRequirementChanged,
            tenant.Id,
            AuditDetails.Empty.WithChange(db.Entry(tenant), nameof(Tenant.MfaRequiredFrom))
        );
        await db.SaveChangesAsync(ct);
        return ApiResponse.Ok(MfaRequirement.From(tenant), "Demand for a second factor changed");
    }
}

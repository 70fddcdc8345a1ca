using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy;

/// <summary>A tenant's demand for a second factor.</summary>
/// <param name="RequireMfa">True when members need a second factor.</param>
/// <param name="RequiredFrom">The time from which members without one have no access (UTC); null when none is required.</param>
public sealed record MfaRequirement(bool RequireMfa, DateTimeOffset? RequiredFrom)
{
    internal static MfaRequirement From(Tenant tenant) => new(tenant.MfaRequiredFrom is not null, tenant.MfaRequiredFrom);
}

internal static class GetMfaRequirement
{
    internal static void Map(RouteGroupBuilder tenant) => tenant.MapGet("/mfa", Handle);

    /// <summary>Returns whether the tenant demands a second factor of its members.</summary>
    internal static async Task<Ok<ApiResponse<MfaRequirement>>> Handle(TenantScope scope, ControlDbContext db, CancellationToken ct) =>
        ApiResponse.Ok(
            MfaRequirement.From(await db.Tenants.AsNoTracking().SingleAsync(tenant => tenant.Id == scope.TenantId, ct)),
            "Demand for a second factor retrieved"
        );
}

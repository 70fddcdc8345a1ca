using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy;

/// <summary>The new name of the tenant.</summary>
/// <param name="Name">1 to 255 characters; other tenants may have the same name.</param>
public sealed record RenameTenantRequest([Required, Name(Tenant.NameMaxLength)] string Name);

internal static class RenameTenant
{
    internal static void Map(RouteGroupBuilder tenant)
    {
        tenant
            .MapPut("", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .RequireScope(ApiScope.TenantWrite)
            .ProducesProblem(HttpProblems.BadRequest);
        tenant
            .MapPatch("", Handle)
            .WithName("patchTenant")
            .RequireTenantRole(TenantRole.Admin)
            .RequireScope(ApiScope.TenantWrite)
            .ProducesProblem(HttpProblems.BadRequest);
    }

    /// <summary>Renames a tenant. The name of its database does not change.</summary>
    internal static async Task<Ok<ApiResponse<TenantView>>> Handle(
        RenameTenantRequest request,
        TenantScope scope,
        Principal principal,
        ControlDbContext db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var tenant = await db.Tenants.SingleAsync(candidate => candidate.Id == scope.TenantId, ct);
        tenant.Name = DisplayName.Parse(request.Name, Tenant.NameMaxLength);
        tenant.UpdatedAt = clock.GetUtcNow();
        db.Outbox.Add(new TenantRenamed(principal.Id), subject: tenant.Id, tenantId: tenant.Id);
        db.Audit.Record(
            scope.TenantId,
            scope.Actor,
            AuditAction.TenantRenamed,
            tenant.Id,
            AuditDetails.Empty.WithChange(db.Entry(tenant), nameof(Tenant.Name))
        );
        await db.SaveChangesAsync(ct);

        return ApiResponse.Ok(await db.GetViewAsync(tenant, scope, principal, ct), "Tenant updated");
    }
}

using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.ServiceAccounts;

namespace SaaS.Core.Tenancy;

internal static class TenantQueries
{
    /// <summary>Returns the view of a tenant for the caller, who must be a member or a service account of it.</summary>
    public static async Task<TenantView> GetViewAsync(
        this ControlDbContext db,
        Tenant tenant,
        TenantScope scope,
        Principal principal,
        CancellationToken ct
    ) =>
        principal is CurrentServiceAccount
            ? TenantView.From(
                tenant,
                scope.Role,
                await db
                    .ServiceAccounts.Where(account => account.TenantId == tenant.Id && account.Id == principal.Id)
                    .Select(account => account.CreatedAt)
                    .SingleAsync(ct)
            )
            : TenantView.From(
                tenant,
                await db
                    .Memberships.AsNoTracking()
                    .SingleAsync(membership => membership.TenantId == tenant.Id && membership.UserId == principal.Id, ct)
            );
}

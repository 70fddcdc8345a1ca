using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy;

internal static class TenantQueries
{
    /// <summary>Returns the view of a tenant for the current user, who must be a member.</summary>
    public static async Task<TenantView> GetViewAsync(
        this ControlDbContext db,
        Tenant tenant,
        CurrentUser currentUser,
        CancellationToken ct
    ) =>
        TenantView.From(
            tenant,
            await db
                .Memberships.AsNoTracking()
                .SingleAsync(membership => membership.TenantId == tenant.Id && membership.UserId == currentUser.UserId, ct)
        );
}

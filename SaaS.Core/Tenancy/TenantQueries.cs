using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy;

internal static class TenantQueries
{
    /// <summary>The tenant as the caller, a member, sees it.</summary>
    public static async Task<TenantView> ViewAsync(this ControlDbContext db, Tenant tenant, CurrentUser currentUser, CancellationToken ct) =>
        TenantView.Of(tenant, await db.Memberships.AsNoTracking().SingleAsync(membership => membership.TenantId == tenant.Id && membership.UserId == currentUser.UserId, ct));
}

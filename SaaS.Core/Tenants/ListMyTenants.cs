using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Databases;
using SaaS.Platform.Http;

namespace SaaS.Core.Tenants;

internal static class ListMyTenants
{
    internal static void Map(RouteGroupBuilder tenants, RouteGroupBuilder users)
    {
        tenants.MapGet("", Handle);
        users.MapGet("/me/tenants", Handle);
    }

    /// <summary>Lists the tenants that the caller is a member of, newest membership first.</summary>
    internal static async Task<Ok<Answer<List<TenantView>>>> Handle(Caller caller, ControlDb db, CancellationToken ct)
    {
        var mine = await db.Memberships
            .Where(membership => membership.UserId == caller.UserId)
            .OrderByDescending(membership => membership.JoinedAt).ThenBy(membership => membership.TenantId)
            .Join(db.Tenants.Where(Tenant.IsOpen), membership => membership.TenantId, tenant => tenant.Id, (membership, tenant) => new { membership, tenant })
            .AsNoTracking()
            .ToListAsync(ct);

        return Answer.Ok(mine.ConvertAll(one => TenantView.Of(one.tenant, one.membership)), "Tenants retrieved");
    }
}

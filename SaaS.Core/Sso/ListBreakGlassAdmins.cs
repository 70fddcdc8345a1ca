using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Databases;
using SaaS.Platform.Http;

namespace SaaS.Core.Sso;

/// <summary>Somebody who gets in also when the identity provider fails.</summary>
/// <param name="UserId">The account.</param>
/// <param name="Email">Its address.</param>
/// <param name="ConfirmedAt">Since when (UTC); null while no one-time password was confirmed: until then it does not hold.</param>
public sealed record BreakGlassAdminView(Guid UserId, string Email, DateTimeOffset? ConfirmedAt);

internal static class ListBreakGlassAdmins
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapGet("/break-glass", Handle).NeedsRole(TenantRole.Admin).Refuses(HttpProblems.BadRequest);

    /// <summary>Lists who gets in also when the identity provider fails.</summary>
    internal static async Task<Ok<ListAnswer<BreakGlassAdminView>>> Handle([AsParameters] PageRequest page, TenantScope scope, ControlDb db, CancellationToken ct) =>
        Answer.List(
            await db.BreakGlassAdmins
                .Where(admin => admin.TenantId == scope.TenantId)
                .Join(db.Users, admin => admin.UserId, user => user.Id, (admin, user) => new { admin, user })
                .OrderBy(one => one.user.Email).ThenBy(one => one.user.Id)
                .Select(one => new BreakGlassAdminView(one.user.Id, (string)one.user.Email, one.admin.ConfirmedAt))
                .ToPageAsync(page.OrDefault(ListAnswer<BreakGlassAdminView>.DefaultSize), ct),
            "Break-glass admins retrieved");
}

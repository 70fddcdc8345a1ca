using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Audit;
using SaaS.Core.Databases;
using SaaS.Platform.Http;

namespace SaaS.Core.Sso;

internal static class RemoveBreakGlassAdmin
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapDelete("/break-glass/{userId:guid}", Handle).NeedsRole(TenantRole.Admin).Refuses(SsoProblems.BreakGlassNotNamed);

    /// <summary>Takes a break-glass admin's way in away.</summary>
    internal static async Task<Results<Ok<Done>, ProblemResult>> Handle(Guid userId, TenantScope scope, ControlDb db, CancellationToken ct)
    {
        if (await db.BreakGlassAdmins.SingleOrDefaultAsync(admin => admin.TenantId == scope.TenantId && admin.UserId == userId, ct) is not { } named)
        {
            return SsoProblems.BreakGlassNotNamed.ToHttp();
        }

        db.BreakGlassAdmins.Remove(named);
        db.Audit.Record(scope.Actor, AuditAction.BreakGlassRemoved, userId);
        await db.SaveChangesAsync(ct);
        return Done.Ok("Break-glass admin removed");
    }
}

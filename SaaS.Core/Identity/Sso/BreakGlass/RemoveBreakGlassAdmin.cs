using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sso.BreakGlass;

internal static class RemoveBreakGlassAdmin
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapDelete("/break-glass/{userId:guid}", Handle).RequireTenantRole(TenantRole.Admin).ProducesProblem(SsoProblems.BreakGlassNotNamed);

    /// <summary>Takes a break-glass admin's way in away, and ends the other sessions that it opened.</summary>
    internal static async Task<Results<Ok<Done>, ProblemResult>> Handle(Guid userId, TenantScope scope, CurrentUser currentUser, ControlDbContext db, SessionStore liveSessions, CancellationToken ct)
    {
        // One statement decides: somebody else may remove the same one, or the member, at this moment.
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await db.BreakGlassAdmins.Where(admin => admin.TenantId == scope.TenantId && admin.UserId == userId).ExecuteDeleteAsync(ct) == 0)
        {
            return SsoProblems.BreakGlassNotNamed.ToHttp();
        }

        db.Audit.Record(scope.TenantId, scope.Actor, AuditAction.BreakGlassRemoved, userId, AuditDetails.None);
        await db.SaveChangesAsync(ct);
        var ended = await liveSessions.EndInTenantAsync(userId, scope.TenantId, SignInMethod.BreakGlass, but: currentUser.SessionId, ct);
        await transaction.CommitAsync(ct);
        liveSessions.Forget(ended);
        return Done.Ok("Break-glass admin removed");
    }
}

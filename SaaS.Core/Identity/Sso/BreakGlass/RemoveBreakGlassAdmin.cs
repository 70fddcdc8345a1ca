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
        tenant
            .MapDelete("/break-glass/{userId:guid}", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .RequireRecentProof()
            .ProducesProblem(SsoProblems.BreakGlassAdminNotFound);

    /// <summary>Removes a break-glass admin and ends the other sessions that were opened by break-glass sign-in.</summary>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        Guid userId,
        TenantScope scope,
        CurrentUser currentUser,
        ControlDbContext db,
        SessionStore liveSessions,
        CancellationToken ct
    )
    {
        // A single DELETE decides, because the same registration, or the member, may be removed concurrently.
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (
            await db.BreakGlassAdmins.Where(admin => admin.TenantId == scope.TenantId && admin.UserId == userId).ExecuteDeleteAsync(ct) == 0
        )
        {
            return SsoProblems.BreakGlassAdminNotFound.ToHttp();
        }

        db.Audit.Record(scope.TenantId, scope.Actor, AuditAction.BreakGlassRemoved, userId, AuditDetails.Empty);
        await db.SaveChangesAsync(ct);
        var ended = await liveSessions.EndInTenantAsync(userId, scope.TenantId, SignInMethod.BreakGlass, except: currentUser.SessionId, ct);
        await transaction.CommitAsync(ct);
        liveSessions.EvictFromCache(ended);
        return SuccessResponse.Ok("Break-glass admin removed");
    }
}

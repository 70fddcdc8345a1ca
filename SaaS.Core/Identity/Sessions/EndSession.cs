using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

internal static class EndSession
{
    private static readonly Problem NotFound = new(ProblemKind.NotFound, "NOT_FOUND", "Session not found");

    internal static void Map(RouteGroupBuilder sessions) => sessions.MapDelete("/{sessionId:guid}", Handle).ProducesProblem(NotFound);

    /// <summary>Ends one session of the current user, on any device.</summary>
    internal static async Task<Results<Ok<ApiResponse<EndedSessions>>, ProblemResult>> Handle(
        Guid sessionId,
        CurrentUser currentUser,
        ControlDbContext db,
        SessionStore sessionStore,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        if (
            await db
                .Sessions.AsNoTracking()
                .Where(Session.IsActiveAt(now))
                .SingleOrDefaultAsync(session => session.Id == sessionId && session.UserId == currentUser.UserId, ct)
            is not { } session
        )
        {
            return NotFound.ToHttp();
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var ended = await sessionStore.EndAsync(session.Id, ct);
        db.Audit.Record(
            session.RestrictedToTenantId,
            currentUser.Actor,
            AuditAction.SessionEnded,
            session.Id,
            AuditDetails.Create("device", session.Device)
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        sessionStore.EvictFromCache(ended);

        return ApiResponse.Ok(new EndedSessions(ended.Count), "Session ended");
    }
}

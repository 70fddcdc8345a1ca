using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>The result of ending sessions.</summary>
/// <param name="Ended">The number of active sessions that were ended.</param>
public sealed record EndedSessions(int Ended);

internal static class EndOtherSessions
{
    internal static void Map(RouteGroupBuilder sessions) => sessions.MapDelete("", Handle);

    /// <summary>Ends all sessions of the current user except the current one.</summary>
    internal static async Task<Ok<ApiResponse<EndedSessions>>> Handle(
        CurrentUser currentUser,
        ControlDbContext db,
        SessionStore sessionStore,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var ended = await sessionStore.EndAllAsync(currentUser.UserId, except: currentUser.SessionId, ct);
        db.Audit.Record(
            tenantId: null,
            currentUser.Actor,
            AuditAction.OtherSessionsEnded,
            currentUser.UserId,
            AuditDetails.Create("ended", ended.Count)
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        sessionStore.EvictFromCache(ended);

        return ApiResponse.Ok(new EndedSessions(ended.Count), "Other sessions ended");
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>What has been ended.</summary>
/// <param name="Ended">How many sessions that were alive.</param>
public sealed record EndedSessions(int Ended);

internal static class EndOtherSessions
{
    internal static void Map(RouteGroupBuilder sessions) =>
        sessions.MapDelete("", Handle);

    /// <summary>Ends every session of the caller but the one that asks.</summary>
    internal static async Task<Ok<ApiResponse<EndedSessions>>> Handle(CurrentUser currentUser, ControlDbContext db, SessionStore liveSessions, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var ended = await liveSessions.EndAllAsync(currentUser.UserId, but: currentUser.SessionId, ct);
        db.Audit.Record(tenantId: null, currentUser.Actor, AuditAction.OtherSessionsEnded, currentUser.UserId, AuditDetails.Of("ended", ended.Count));
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        liveSessions.Forget(ended);

        return ApiResponse.Ok(new EndedSessions(ended.Count), "Other sessions ended");
    }
}

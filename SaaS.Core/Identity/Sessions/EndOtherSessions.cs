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
    internal static async Task<Ok<Answer<EndedSessions>>> Handle(Caller caller, ControlDb db, LiveSessions liveSessions, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var ended = await liveSessions.EndAllAsync(caller.UserId, but: caller.SessionId, ct);
        db.Audit.Record(tenantId: null, caller.Actor, AuditAction.OtherSessionsEnded, caller.UserId, AuditDetails.Of("ended", ended.Count));
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        liveSessions.Forget(ended);

        return Answer.Ok(new EndedSessions(ended.Count), "Other sessions ended");
    }
}

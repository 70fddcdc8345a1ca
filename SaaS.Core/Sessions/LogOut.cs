using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Audit;
using SaaS.Core.Databases;

namespace SaaS.Core.Sessions;

/// <summary>That the session has ended.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">One sentence for people.</param>
public sealed record SignedOut(bool Success, string Message);

internal static class LogOut
{
    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/logout", Handle).ServesBeforePasswordChange().ServesConfinedSessions();

    /// <summary>Signs out: neither the access token nor the refresh token of this session is good any more.</summary>
    internal static async Task<Ok<SignedOut>> Handle(Caller caller, ControlDb db, LiveSessions liveSessions, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var ended = await liveSessions.EndAsync(caller.SessionId, ct);
        if (ended.Count > 0)
        {
            db.Audit.Record(caller.OnlyTenantId, caller.Actor, AuditAction.SignedOut, caller.SessionId, AuditDetails.Of("method", caller.Method));
            await db.SaveChangesAsync(ct);
        }

        await transaction.CommitAsync(ct);
        liveSessions.Forget([caller.SessionId, .. ended]);
        return TypedResults.Ok(new SignedOut(true, "Logged out successfully"));
    }
}

using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>That the session has ended.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">One sentence for people.</param>
public sealed record SignedOut(bool Success, string Message);

/// <summary>The refresh token of the session, for clients that send no token as <c>Authorization: Bearer</c>.</summary>
/// <param name="RefreshToken">Any refresh token of the session.</param>
public sealed record LogOutRequest([MaxLength(200)] string? RefreshToken);

internal static class LogOut
{
    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/logout", Handle).AllowAnonymous().ProducesProblem(HttpProblems.BadRequest, HttpProblems.Unauthenticated);

    /// <summary>Signs out: neither the access token nor the refresh token of this session is good any more.</summary>
    /// <remarks>
    /// Either token signs out: the access token as `Authorization: Bearer`, or the refresh token there or in the body. Signing out of a
    /// session that has ended already, with its refresh token, succeeds.
    /// </remarks>
    internal static async Task<Results<Ok<SignedOut>, ProblemResult>> Handle(
        [FromHeader] string? authorization,
        LogOutRequest? request,
        CurrentUser? currentUser,
        ControlDbContext db,
        SessionStore liveSessions,
        RefreshTokens refreshTokens,
        CancellationToken ct)
    {
        var token = request?.RefreshToken ?? (currentUser is null ? RefreshSession.TokenIn(authorization, fromBody: null) : null);
        var named = token is null ? null : await refreshTokens.ReadAsync(token, ct);
        if (currentUser is null && named is null)
        {
            return HttpProblems.Unauthenticated.ToHttp();
        }

        if (currentUser is not null)
        {
            await EndAsync(currentUser.SessionId, db, liveSessions, ct);
        }

        if (named is (var sessionId, _))
        {
            await EndAsync(sessionId, db, liveSessions, ct);
        }

        return TypedResults.Ok(new SignedOut(true, "Logged out successfully"));
    }

    /// <summary>Ends a session, and those that were opened from it.</summary>
    internal static async Task EndAsync(Guid sessionId, ControlDbContext db, SessionStore liveSessions, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var ended = await liveSessions.EndAsync(sessionId, ct);
        if (ended.Count > 0)
        {
            var session = await db.Sessions.AsNoTracking().SingleAsync(candidate => candidate.Id == sessionId, ct);
            db.Audit.Record(
                session.RestrictedToTenantId, Actor.User(session.UserId), AuditAction.SignedOut, sessionId, AuditDetails.Of("method", session.Method));
            await db.SaveChangesAsync(ct);
        }

        await transaction.CommitAsync(ct);
        liveSessions.Forget([sessionId, .. ended]);
    }
}

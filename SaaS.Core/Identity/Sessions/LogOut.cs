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

/// <summary>The confirmation of a sign-out.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">A human-readable message.</param>
public sealed record SignedOut(bool Success, string Message);

/// <summary>The refresh token of the session, for clients that do not send a token as <c>Authorization: Bearer</c>.</summary>
/// <param name="RefreshToken">Any refresh token of the session.</param>
public sealed record LogOutRequest([MaxLength(200)] string? RefreshToken);

internal static class LogOut
{
    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/logout", Handle).AllowAnonymous().ProducesProblem(HttpProblems.BadRequest, HttpProblems.Unauthenticated);

    /// <summary>Signs out: invalidates the access token and the refresh token of the session.</summary>
    /// <remarks>
    /// Accepts either token: the access token as `Authorization: Bearer`, or the refresh token in that header or in the body. Signing out
    /// of a session that has already ended, with its refresh token, succeeds.
    /// </remarks>
    internal static async Task<Results<Ok<SignedOut>, ProblemResult>> Handle(
        [FromHeader] string? authorization,
        LogOutRequest? request,
        CurrentUser? currentUser,
        ControlDbContext db,
        SessionStore sessionStore,
        RefreshTokens refreshTokens,
        CancellationToken ct
    )
    {
        var token = request?.RefreshToken ?? (currentUser is null ? RefreshSession.GetToken(authorization, fromBody: null) : null);
        var named = token is null ? null : await refreshTokens.ValidateAsync(token, ct);
        if (currentUser is null && named is null)
        {
            return HttpProblems.Unauthenticated.ToHttp();
        }

        if (currentUser is not null)
        {
            await EndAsync(currentUser.SessionId, db, sessionStore, ct);
        }

        if (named is (var sessionId, _))
        {
            await EndAsync(sessionId, db, sessionStore, ct);
        }

        return TypedResults.Ok(new SignedOut(true, "Logged out successfully"));
    }

    /// <summary>Ends a session and the sessions opened from it.</summary>
    internal static async Task EndAsync(Guid sessionId, ControlDbContext db, SessionStore sessionStore, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var ended = await sessionStore.EndAsync(sessionId, ct);
        if (ended.Count > 0)
        {
            var session = await db.Sessions.AsNoTracking().SingleAsync(candidate => candidate.Id == sessionId, ct);
            db.Audit.Record(
                session.RestrictedToTenantId,
                Actor.User(session.UserId),
                AuditAction.SignedOut,
                sessionId,
                AuditDetails.Create("method", session.Method)
            );
            await db.SaveChangesAsync(ct);
        }

        await transaction.CommitAsync(ct);
        sessionStore.EvictFromCache([sessionId, .. ended]);
    }
}

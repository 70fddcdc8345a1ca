using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>The refresh token, for clients that do not send it as <c>Authorization: Bearer</c>.</summary>
/// <param name="RefreshToken">The newest refresh token of the session.</param>
public sealed record RefreshSessionRequest([MaxLength(200)] string? RefreshToken);

internal static class RefreshSession
{
    private const string Bearer = "Bearer ";

    internal static readonly Problem InvalidToken = new(ProblemKind.Unauthenticated, "INVALID_TOKEN", "The refresh token is invalid, spent or expired");

    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/refresh", Handle).AllowAnonymous().ProducesProblem(HttpProblems.BadRequest, InvalidToken);

    /// <summary>Buys new tokens with a refresh token, which is spent by it.</summary>
    /// <remarks>
    /// The token comes as `Authorization: Bearer` or in the body. A client whose answer got lost may repeat the request
    /// within some seconds and gets the same refresh token again; a spent token used later ends the session.
    /// </remarks>
    internal static async Task<Results<Ok<SessionTokens>, ProblemResult>> Handle(
        [FromHeader] string? authorization, RefreshSessionRequest? request, ControlDbContext db, SessionStore liveSessions, AccessTokens accessTokens, RefreshTokens refreshTokens, SecurityEvents events, IOptions<SessionOptions> options, TimeProvider clock, CancellationToken ct)
    {
        if (!(await CheckAsync(TokenIn(authorization, request?.RefreshToken), db, liveSessions, refreshTokens, events, options.Value, clock, ct)).TryGetValue(out var found, out var refusal))
        {
            return refusal.ToHttp();
        }

        return TypedResults.Ok(await TurnAsync(found, db, accessTokens, refreshTokens, options.Value, clock, ct));
    }

    /// <summary>Finds the session of a refresh token that may be exchanged, without exchanging it; a reused token ends its session.</summary>
    internal static async Task<Result<RefreshableSession>> CheckAsync(
        string token, ControlDbContext db, SessionStore liveSessions, RefreshTokens refreshTokens, SecurityEvents events, SessionOptions options, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (await refreshTokens.ReadAsync(token, ct) is not (var sessionId, var generation)
            || await Session.Valid(db, now).AsNoTracking().SingleOrDefaultAsync(session => session.Id == sessionId, ct) is not { } session
            || now >= session.RefreshableUntil)
        {
            return InvalidToken;
        }

        if (generation != session.Generation && (generation != session.Generation - 1 || now > session.RefreshedAt + options.RefreshOverlap))
        {
            // Somebody else has used this token, or still holds it: nobody can tell which of the two is the thief.
            await EndStolenAsync(db, liveSessions, session, ct);
            events.TokenReused(session.UserId, session.Id);
            return InvalidToken;
        }

        return new RefreshableSession(session, generation);
    }

    /// <summary>Exchanges the refresh token that was checked.</summary>
    internal static async Task<SessionTokens> TurnAsync(
        RefreshableSession found, ControlDbContext db, AccessTokens accessTokens, RefreshTokens refreshTokens, SessionOptions options, TimeProvider clock, CancellationToken ct)
    {
        var (session, generation) = found;
        var now = clock.GetUtcNow();
        if (generation == session.Generation)
        {
            // Two requests with one token: the row lets one of them turn the number, and the other finds it just turned.
            var refreshableUntil = now + options.RefreshTokenLifetime;
            await db.Sessions
                .Where(row => row.Id == session.Id && row.Generation == generation)
                .ExecuteUpdateAsync(row => row
                    .SetProperty(it => it.Generation, generation + 1)
                    .SetProperty(it => it.RefreshedAt, now)
                    .SetProperty(it => it.LastUsedAt, now)
                    .SetProperty(it => it.RefreshableUntil, refreshableUntil), ct);
        }

        return new SessionTokens(
            Success: true,
            Message: "Token refreshed",
            AccessToken: await accessTokens.IssueAsync(session.UserId, session.Id, ct),
            RefreshToken: await refreshTokens.IssueAsync(session.Id, generation + 1, ct),
            TokenType: "Bearer",
            ExpiresIn: (int)accessTokens.Lifetime.TotalSeconds,
            ExpiresAt: now + accessTokens.Lifetime);
    }

    /// <summary>The refresh token of a request: from its body, else from where other tokens are.</summary>
    internal static string TokenIn(string? authorization, string? fromBody) =>
        fromBody ?? (authorization?.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) is true ? authorization[Bearer.Length..] : "");

    private static async Task EndStolenAsync(ControlDbContext db, SessionStore liveSessions, Session session, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var ended = await liveSessions.EndAsync(session.Id, ct);
        db.Audit.Record(session.RestrictedToTenantId, Actor.User(session.UserId), AuditAction.SpentTokenUsed, session.Id, AuditDetails.Of("device", session.Device));
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        liveSessions.Forget(ended);
    }
}

/// <summary>A session whose refresh token may be exchanged.</summary>
/// <param name="Generation">The number of the token that came.</param>
internal sealed record RefreshableSession(Session Session, int Generation);

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

    internal static readonly Problem InvalidToken = new(
        ProblemKind.Unauthenticated,
        "INVALID_TOKEN",
        "The refresh token is invalid, reused or expired"
    );

    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/refresh", Handle).AllowAnonymous().ProducesProblem(HttpProblems.BadRequest, InvalidToken);

    /// <summary>Exchanges a refresh token for a new pair. A refresh token can be used once.</summary>
    /// <remarks>
    /// Send the token as `Authorization: Bearer` or in the body. A client that lost the response may repeat the request
    /// within a few seconds and gets the same refresh token again; reusing a token later ends the session.
    /// </remarks>
    internal static async Task<Results<Ok<SessionTokens>, ProblemResult>> Handle(
        [FromHeader] string? authorization,
        RefreshSessionRequest? request,
        ControlDbContext db,
        SessionStore sessionStore,
        AccessTokens accessTokens,
        RefreshTokens refreshTokens,
        SecurityEvents events,
        IOptions<SessionOptions> options,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (
            !(
                await ValidateAsync(
                    GetToken(authorization, request?.RefreshToken),
                    db,
                    sessionStore,
                    refreshTokens,
                    events,
                    options.Value,
                    clock,
                    ct
                )
            ).TryGetValue(out var found, out var refusal)
        )
        {
            return refusal.ToHttp();
        }

        return TypedResults.Ok(await ExchangeAsync(found, db, accessTokens, refreshTokens, options.Value, clock, ct));
    }

    /// <summary>Validates a refresh token without exchanging it; a reused token ends its session.</summary>
    internal static async Task<Result<RefreshableSession>> ValidateAsync(
        string token,
        ControlDbContext db,
        SessionStore sessionStore,
        RefreshTokens refreshTokens,
        SecurityEvents events,
        SessionOptions options,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        if (
            await refreshTokens.ValidateAsync(token, ct) is not (var sessionId, var generation)
            || await Session.QueryValid(db, now).AsNoTracking().SingleOrDefaultAsync(session => session.Id == sessionId, ct)
                is not { } session
            || now >= session.RefreshableUntil
        )
        {
            return InvalidToken;
        }

        if (
            generation != session.Generation
            && (generation != session.Generation - 1 || now > session.RefreshedAt + options.RefreshOverlap)
        )
        {
            // Two parties hold this token, and we cannot tell the thief from the owner.
            await EndCompromisedAsync(db, sessionStore, session, ct);
            events.RecordReusedToken(session.UserId, session.Id);
            return InvalidToken;
        }

        return new RefreshableSession(session, generation);
    }

    /// <summary>Exchanges a validated refresh token.</summary>
    internal static async Task<SessionTokens> ExchangeAsync(
        RefreshableSession found,
        ControlDbContext db,
        AccessTokens accessTokens,
        RefreshTokens refreshTokens,
        SessionOptions options,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var (session, generation) = found;
        var now = clock.GetUtcNow();
        if (generation == session.Generation)
        {
            // Of two concurrent requests with one token only one increments the generation; both get the same new token.
            var refreshableUntil = now + options.RefreshTokenLifetime;
            await db
                .Sessions.Where(row => row.Id == session.Id && row.Generation == generation)
                .ExecuteUpdateAsync(
                    row =>
                        row.SetProperty(it => it.Generation, generation + 1)
                            .SetProperty(it => it.RefreshedAt, now)
                            .SetProperty(it => it.LastUsedAt, now)
                            .SetProperty(it => it.RefreshableUntil, refreshableUntil),
                    ct
                );
        }

        return new SessionTokens(
            Success: true,
            Message: "Token refreshed",
            AccessToken: await accessTokens.IssueAsync(session.UserId, session.Id, ct),
            RefreshToken: await refreshTokens.IssueAsync(session.Id, generation + 1, ct),
            TokenType: "Bearer",
            ExpiresIn: (int)accessTokens.Lifetime.TotalSeconds,
            ExpiresAt: now + accessTokens.Lifetime
        );
    }

    /// <summary>Gets the refresh token of a request from its body, else from its Authorization header.</summary>
    internal static string GetToken(string? authorization, string? fromBody) =>
        fromBody ?? (authorization?.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) is true ? authorization[Bearer.Length..] : "");

    private static async Task EndCompromisedAsync(ControlDbContext db, SessionStore sessionStore, Session session, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var ended = await sessionStore.EndAsync(session.Id, ct);
        db.Audit.Record(
            session.RestrictedToTenantId,
            Actor.User(session.UserId),
            AuditAction.TokenReused,
            session.Id,
            AuditDetails.Create("device", session.Device)
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        sessionStore.EvictFromCache(ended);
    }
}

/// <summary>A session whose refresh token may be exchanged.</summary>
/// <param name="Generation">The generation of the received token.</param>
internal sealed record RefreshableSession(Session Session, int Generation);

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Databases;
using SaaS.Platform.Redis;

namespace SaaS.Core.Sessions;

/// <summary>
/// Whether a session still counts and what its account may do, asked at every request. The row decides; Redis remembers
/// the answer for some seconds. An end is written over any remembered answer, and a check may only fill a gap, so that a
/// check that began before the end cannot bring the session back. Without Redis, or after it lost its memory, the row is
/// asked: never fail open.
/// </summary>
internal sealed class LiveSessions(ControlDb db, ExpiringKeys remembered, IOptions<SessionOptions> options, TimeProvider clock)
{
    private const string Ended = "ended";
    private const string Live = "live";
    private const string LiveAdmin = "live admin";

    /// <returns>Who is calling; null when the session has ended.</returns>
    public async Task<Caller?> FindCallerAsync(Guid userId, Guid sessionId, CancellationToken ct)
    {
        if (await remembered.GetAsync(KeyOf(sessionId)) is { } answer)
        {
            return Read(answer, userId, sessionId);
        }

        var caller = await AskRowAsync(userId, sessionId, ct);
        if (caller is not { MustChangePassword: true }) // that is to be over the moment the password is changed
        {
            await remembered.SetIfAbsentAsync(KeyOf(sessionId), Write(caller), options.Value.CheckLifetime);
        }

        return caller;
    }

    /// <summary>Ends every session of an account but one, in the caller's transaction; <see cref="TellEndedAsync"/> follows its commit.</summary>
    /// <returns>The sessions that may still have a good access token.</returns>
    public async Task<IReadOnlyList<Guid>> EndAllAsync(Guid userId, Guid? but, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await db.Database.SqlQuery<Guid>(
            $"""
            UPDATE sessions SET ended_at = {now}
            WHERE user_id = {userId} AND ended_at IS NULL AND expires_at > {now} AND id IS DISTINCT FROM {but}
            RETURNING id AS "Value"
            """).ToListAsync(ct);
    }

    /// <summary>Ends sessions for every replica at once; their rows must have ended.</summary>
    public async Task TellEndedAsync(params IEnumerable<Guid> sessionIds)
    {
        foreach (var sessionId in sessionIds)
        {
            await remembered.SetAsync(KeyOf(sessionId), Ended, options.Value.AccessTokenLifetime);
        }
    }

    private async Task<Caller?> AskRowAsync(Guid userId, Guid sessionId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var found = await db.Sessions
            .Where(session => session.Id == sessionId && session.UserId == userId && session.EndedAt == null && session.ExpiresAt > now)
            .Join(db.Users.Where(user => user.IsActive), session => session.UserId, user => user.Id, (session, user) => new { session.LastUsedAt, user.IsPlatformAdmin, user.MustChangePassword })
            .SingleOrDefaultAsync(ct);
        if (found is null)
        {
            return null;
        }

        if (found.LastUsedAt < now - Session.UsePrecision)
        {
            await db.Sessions.Where(session => session.Id == sessionId).ExecuteUpdateAsync(set => set.SetProperty(session => session.LastUsedAt, now), ct);
        }

        return new Caller(userId, sessionId, found.IsPlatformAdmin, found.MustChangePassword);
    }

    private static string Write(Caller? caller) => caller switch
    {
        null => Ended,
        { IsPlatformAdmin: true } => LiveAdmin,
        _ => Live,
    };

    private static Caller? Read(string answer, Guid userId, Guid sessionId) =>
        answer is Live or LiveAdmin ? new Caller(userId, sessionId, IsPlatformAdmin: answer is LiveAdmin, MustChangePassword: false) : null;

    private static string KeyOf(Guid sessionId) => $"session:{sessionId:N}";
}

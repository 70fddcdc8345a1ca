using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Databases;
using SaaS.Platform.Redis;

namespace SaaS.Core.Sessions;

/// <summary>
/// Whether a session still counts, asked at every request. The row decides; Redis remembers the answer for some seconds.
/// An end is written over any remembered answer, and a check may only fill a gap, so that a check that began before the
/// end cannot bring the session back. Without Redis, or after it lost its memory, the row is asked: never fail open.
/// </summary>
public sealed class LiveSessions
{
    private const string Live = "live";
    private const string Ended = "ended";

    private readonly ControlDb _db;
    private readonly ExpiringKeys _remembered;
    private readonly SessionOptions _options;
    private readonly TimeProvider _clock;

    internal LiveSessions(ControlDb db, ExpiringKeys remembered, IOptions<SessionOptions> options, TimeProvider clock)
    {
        (_db, _remembered, _options, _clock) = (db, remembered, options.Value, clock);
    }

    public async Task<bool> IsLiveAsync(Guid sessionId, CancellationToken ct)
    {
        if (await _remembered.GetAsync(KeyOf(sessionId)) is { } answer)
        {
            return answer == Live;
        }

        var now = _clock.GetUtcNow();
        var live = await _db.Sessions
            .Where(session => session.Id == sessionId && session.EndedAt == null && session.ExpiresAt > now)
            .Join(_db.Users.Where(user => user.IsActive), session => session.UserId, user => user.Id, (session, user) => session.Id)
            .AnyAsync(ct);

        await _remembered.SetIfAbsentAsync(KeyOf(sessionId), live ? Live : Ended, _options.CheckLifetime);
        return live;
    }

    /// <summary>Ends a session for every replica; its row must be ended in the same request.</summary>
    internal Task EndAsync(Guid sessionId) =>
        _remembered.SetAsync(KeyOf(sessionId), Ended, _options.AccessTokenLifetime);

    private static string KeyOf(Guid sessionId) => $"session:{sessionId:N}";
}

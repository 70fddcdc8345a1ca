using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// Whether a session still counts and what its account may do, asked at every request. The row decides; the process
/// remembers its answer for some seconds, and forgets it the moment that the session ends.
/// </summary>
internal sealed class SessionStore(ControlDbContext db, SessionCache remembered, TimeProvider clock)
{
    /// <returns>Who is calling; null when the session has ended.</returns>
    public async Task<CurrentUser?> FindCallerAsync(Guid userId, Guid sessionId, CancellationToken ct)
    {
        if (remembered.Find(userId, sessionId) is { } currentUser)
        {
            return currentUser;
        }

        var endsBefore = remembered.Ends;
        var now = clock.GetUtcNow();
        var found = await Session.Valid(db, now)
            .Where(session => session.Id == sessionId && session.UserId == userId)
            .Join(
                db.Users,
                session => session.UserId,
                user => user.Id,
                (session, user) => new
                {
                    Caller = new CurrentUser(
                        user.Id,
                        session.Id,
                        user.IsPlatformAdmin && session.Method == SignInMethod.Password, // no tenant's identity provider makes an operator
                        user.MustChangePassword && session.Method == SignInMethod.Password,
                        session.Method,
                        session.RestrictedToTenantId),
                    session.LastUsedAt,
                    session.ExpiresAt,
                })
            .SingleOrDefaultAsync(ct);
        if (found is null)
        {
            return null;
        }

        if (found.LastUsedAt < now - Session.UsePrecision)
        {
            await db.Sessions.Where(session => session.Id == sessionId).ExecuteUpdateAsync(set => set.SetProperty(session => session.LastUsedAt, now), ct);
        }

        if (!found.Caller.MustChangePassword) // that is to be over the moment the password is changed
        {
            remembered.Remember(found.Caller, found.ExpiresAt, endsBefore);
        }

        return found.Caller;
    }

    /// <summary>Ends one session, and those that were opened from it, in the caller's transaction; <see cref="Forget"/> follows its commit.</summary>
    /// <returns>Empty when it had ended before.</returns>
    public Task<IReadOnlyList<Guid>> EndAsync(Guid sessionId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return EndFoundAsync(
            $"""
            UPDATE sessions SET ended_at = {now} WHERE id = {sessionId} AND ended_at IS NULL
            RETURNING id AS "Value"
            """, now, ct);
    }

    /// <summary>Ends every session of an account but one, in the caller's transaction; <see cref="Forget"/> follows its commit.</summary>
    /// <returns>The sessions that may still have a good access token.</returns>
    public Task<IReadOnlyList<Guid>> EndAllAsync(Guid userId, Guid? but, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return EndFoundAsync(
            $"""
            UPDATE sessions SET ended_at = {now}
            WHERE user_id = {userId} AND ended_at IS NULL AND expires_at > {now} AND id IS DISTINCT FROM {but}
            RETURNING id AS "Value"
            """, now, ct);
    }

    /// <summary>Ends what opens one tenant alone for an account, in the caller's transaction; <see cref="Forget"/> follows its commit.</summary>
    /// <param name="method">Only what was opened in this way; null for all.</param>
    /// <param name="but">The session that goes on.</param>
    public Task<IReadOnlyList<Guid>> EndInTenantAsync(Guid userId, Guid tenantId, SignInMethod? method, Guid? but, CancellationToken ct)
    {
        var (now, opened) = (clock.GetUtcNow(), method?.ToString());
        return EndFoundAsync(
            $"""
            UPDATE sessions SET ended_at = {now}
            WHERE user_id = {userId} AND restricted_to_tenant_id = {tenantId} AND ({opened}::text IS NULL OR method = {opened}) AND ended_at IS NULL AND id IS DISTINCT FROM {but}
            RETURNING id AS "Value"
            """, now, ct);
    }

    /// <summary>Ends what a tenant's identity provider has opened for an account, in the caller's transaction; <see cref="Forget"/> follows its commit.</summary>
    public Task<IReadOnlyList<Guid>> EndSsoAsync(Guid userId, Guid tenantId, CancellationToken ct) => EndInTenantAsync(userId, tenantId, SignInMethod.Sso, but: null, ct);

    /// <summary>Ends what a tenant's identity provider has opened for everybody, in the caller's transaction; <see cref="Forget"/> follows its commit.</summary>
    public Task<IReadOnlyList<Guid>> EndSsoAsync(Guid tenantId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return EndFoundAsync(
            $"""
            UPDATE sessions SET ended_at = {now}
            WHERE restricted_to_tenant_id = {tenantId} AND method = 'Sso' AND ended_at IS NULL
            RETURNING id AS "Value"
            """, now, ct);
    }

    /// <summary>Makes an end hold in this process before the caller is answered; the others hear of it from the database.</summary>
    public void Forget(params IEnumerable<Guid> sessionIds)
    {
        foreach (var sessionId in sessionIds)
        {
            remembered.Forget(sessionId);
        }
    }

    private async Task<IReadOnlyList<Guid>> EndFoundAsync(FormattableString update, DateTimeOffset now, CancellationToken ct)
    {
        var ended = await db.Database.SqlQuery<Guid>(update).ToListAsync(ct);
        for (var parents = ended.ToArray(); parents.Length > 0;)
        {
            parents = [.. await db.Database.SqlQuery<Guid>(
                $"""
                UPDATE sessions SET ended_at = {now} WHERE parent_id = ANY ({parents}) AND ended_at IS NULL
                RETURNING id AS "Value"
                """).ToListAsync(ct)];
            ended.AddRange(parents);
        }

        return ended;
    }
}

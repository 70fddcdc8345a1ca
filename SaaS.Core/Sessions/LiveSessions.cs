using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Databases;

namespace SaaS.Core.Sessions;

/// <summary>
/// Whether a session still counts and what its account may do, asked at every request. The row decides; the process
/// remembers its answer for some seconds, and forgets it the moment that the session ends.
/// </summary>
internal sealed class LiveSessions(ControlDb db, RememberedCallers remembered, TimeProvider clock)
{
    /// <returns>Who is calling; null when the session has ended.</returns>
    public async Task<Caller?> FindCallerAsync(Guid userId, Guid sessionId, CancellationToken ct)
    {
        if (remembered.Find(userId, sessionId) is { } caller)
        {
            return caller;
        }

        var endsBefore = remembered.Ends;
        var now = clock.GetUtcNow();
        var found = await db.Sessions
            .Where(session => session.Id == sessionId && session.UserId == userId && session.EndedAt == null && session.ExpiresAt > now)
            .Join(
                db.Users.Where(user => user.IsActive),
                session => session.UserId,
                user => user.Id,
                (session, user) => new
                {
                    Caller = new Caller(
                        user.Id,
                        session.Id,
                        user.IsPlatformAdmin && session.Method == SignInMethod.Password, // no tenant's identity provider makes an operator
                        user.MustChangePassword && session.Method == SignInMethod.Password,
                        session.Method,
                        session.OnlyTenantId),
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

    /// <summary>Ends every session of an account but one, in the caller's transaction; <see cref="Forget"/> follows its commit.</summary>
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

    /// <summary>Ends what a tenant's identity provider has opened for an account, in the caller's transaction; <see cref="Forget"/> follows its commit.</summary>
    public async Task<IReadOnlyList<Guid>> EndSsoAsync(Guid userId, Guid tenantId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await db.Database.SqlQuery<Guid>(
            $"""
            UPDATE sessions SET ended_at = {now}
            WHERE user_id = {userId} AND only_tenant_id = {tenantId} AND method = 'Sso' AND ended_at IS NULL
            RETURNING id AS "Value"
            """).ToListAsync(ct);
    }

    /// <summary>Makes an end hold in this process before the caller is answered; the others hear of it from the database.</summary>
    public void Forget(params IEnumerable<Guid> sessionIds)
    {
        foreach (var sessionId in sessionIds)
        {
            remembered.Forget(sessionId);
        }
    }
}

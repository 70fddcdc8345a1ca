using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// Finds the current user of a valid session at every request, and ends sessions. The row decides; its result is cached for a few
/// seconds, or until the session ends.
/// </summary>
internal sealed class SessionStore(ControlDbContext db, SessionCache cache, TimeProvider clock)
{
    /// <returns>The current user; null when the session has ended.</returns>
    public async Task<CurrentUser?> FindCurrentUserAsync(Guid userId, Guid sessionId, CancellationToken ct)
    {
        if (cache.Find(userId, sessionId) is { } currentUser)
        {
            return currentUser;
        }

        var endsBefore = cache.EndCount;
        var now = clock.GetUtcNow();
        var found = await Session
            .QueryValid(db, now)
            .Where(session => session.Id == sessionId && session.UserId == userId)
            .Join(
                db.Users,
                session => session.UserId,
                user => user.Id,
                (session, user) =>
                    new
                    {
                        Caller = new CurrentUser(
                            user.Id,
                            session.Id,
                            user.IsPlatformAdmin && session.Method == SignInMethod.Password, // a tenant's provider grants no operator rights
                            user.MustChangePassword && session.Method == SignInMethod.Password,
                            session.Method,
                            session.RestrictedToTenantId
                        )
                        {
                            AuthenticatedAt = session.AuthenticatedAt,
                            ProvedSecondFactor = session.Amr.Contains(AuthenticationMethods.MultiFactor),
                        },
                        session.LastUsedAt,
                        session.ExpiresAt,
                    }
            )
            .SingleOrDefaultAsync(ct);
        if (found is null)
        {
            return null;
        }

        if (found.LastUsedAt < now - Session.UsePrecision)
        {
            await db
                .Sessions.Where(session => session.Id == sessionId)
                .ExecuteUpdateAsync(set => set.SetProperty(session => session.LastUsedAt, now), ct);
        }

        if (!found.Caller.MustChangePassword) // not cached, so that the restriction ends with the password change
        {
            cache.Add(found.Caller, found.ExpiresAt, endsBefore);
        }

        return found.Caller;
    }

    /// <summary>
    /// Ends a session and the sessions opened from it, in the caller's transaction. Call <see cref="EvictFromCache"/> after the commit.
    /// </summary>
    /// <returns>The ended sessions; empty when the session had already ended.</returns>
    public Task<IReadOnlyList<Guid>> EndAsync(Guid sessionId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return EndWithChildrenAsync(
            $"""
            UPDATE sessions SET ended_at = {now} WHERE id = {sessionId} AND ended_at IS NULL
            RETURNING id AS "Value"
            """,
            now,
            ct
        );
    }

    /// <summary>
    /// Ends all sessions of an account except one, in the caller's transaction. Call <see cref="EvictFromCache"/> after the commit.
    /// </summary>
    /// <returns>The ended sessions, which may still have unexpired access tokens.</returns>
    public Task<IReadOnlyList<Guid>> EndAllAsync(Guid userId, Guid? except, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return EndWithChildrenAsync(
            $"""
            UPDATE sessions SET ended_at = {now}
            WHERE user_id = {userId} AND ended_at IS NULL AND expires_at > {now} AND id IS DISTINCT FROM {except}
            RETURNING id AS "Value"
            """,
            now,
            ct
        );
    }

    /// <summary>
    /// Ends the tenant-bound sessions of an account in one tenant, in the caller's transaction. Call <see cref="EvictFromCache"/> after the commit.
    /// </summary>
    /// <param name="method">Ends only sessions opened with this method; null for all.</param>
    /// <param name="except">The session to keep.</param>
    public Task<IReadOnlyList<Guid>> EndInTenantAsync(Guid userId, Guid tenantId, SignInMethod? method, Guid? except, CancellationToken ct)
    {
        var (now, opened) = (clock.GetUtcNow(), method?.ToString());
        return EndWithChildrenAsync(
            $"""
            UPDATE sessions SET ended_at = {now}
            WHERE user_id = {userId} AND restricted_to_tenant_id = {tenantId} AND ({opened}::text IS NULL OR method = {opened}) AND ended_at IS NULL AND id IS DISTINCT FROM {except}
            RETURNING id AS "Value"
            """,
            now,
            ct
        );
    }

    /// <summary>
    /// Ends the SSO sessions of an account in a tenant, in the caller's transaction. Call <see cref="EvictFromCache"/> after the commit.
    /// </summary>
    public Task<IReadOnlyList<Guid>> EndSsoAsync(Guid userId, Guid tenantId, CancellationToken ct) =>
        EndInTenantAsync(userId, tenantId, SignInMethod.Sso, except: null, ct);

    /// <summary>Ends all SSO sessions of a tenant, in the caller's transaction. Call <see cref="EvictFromCache"/> after the commit.</summary>
    public Task<IReadOnlyList<Guid>> EndSsoAsync(Guid tenantId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return EndWithChildrenAsync(
            $"""
            UPDATE sessions SET ended_at = {now}
            WHERE restricted_to_tenant_id = {tenantId} AND method = 'Sso' AND ended_at IS NULL
            RETURNING id AS "Value"
            """,
            now,
            ct
        );
    }

    /// <summary>
    /// Ends all sessions that are restricted to a tenant, in the caller's transaction. Call <see cref="EvictFromCache"/> after the commit.
    /// </summary>
    public Task<IReadOnlyList<Guid>> EndRestrictedAsync(Guid tenantId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return EndWithChildrenAsync(
            $"""
            UPDATE sessions SET ended_at = {now}
            WHERE restricted_to_tenant_id = {tenantId} AND ended_at IS NULL
            RETURNING id AS "Value"
            """,
            now,
            ct
        );
    }

    /// <summary>
    /// Records that the user was authenticated again, in the caller's transaction. Call <see cref="EvictFromCache"/> after the commit.
    /// </summary>
    /// <param name="methods">Values of the claim <c>amr</c>.</param>
    /// <returns>The time of the proof.</returns>
    public async Task<DateTimeOffset> RecordProofAsync(Guid sessionId, string[] methods, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await db.Database.ExecuteSqlAsync(
            $"""
            UPDATE sessions SET authenticated_at = {now}, amr = ARRAY(SELECT DISTINCT method FROM unnest(amr || {methods}) method ORDER BY method)
            WHERE id = {sessionId}
            """,
            ct
        );
        // Evicts the session from the caches of all processes, as its end would.
        await db.Database.ExecuteSqlAsync($"SELECT pg_notify({SessionCache.SessionEnded}, {sessionId.ToString()})", ct);
        return now;
    }

    /// <summary>Evicts ended sessions from the cache of this process before the response; the database notifies the others.</summary>
    public void EvictFromCache(params IEnumerable<Guid> sessionIds)
    {
        foreach (var sessionId in sessionIds)
        {
            cache.Evict(sessionId);
        }
    }

    private async Task<IReadOnlyList<Guid>> EndWithChildrenAsync(FormattableString update, DateTimeOffset now, CancellationToken ct)
    {
        var ended = await db.Database.SqlQuery<Guid>(update).ToListAsync(ct);
        var parents = ended.ToArray();
        while (parents.Length > 0)
        {
            parents =
            [
                .. await db
                    .Database.SqlQuery<Guid>(
                        $"""
                        UPDATE sessions SET ended_at = {now} WHERE parent_id = ANY ({parents}) AND ended_at IS NULL
                        RETURNING id AS "Value"
                        """
                    )
                    .ToListAsync(ct),
            ];
            ended.AddRange(parents);
        }

        return ended;
    }

    /// <summary>Signs out of a session: ends it and the sessions opened from it, and records that.</summary>
    public async Task SignOutAsync(Guid sessionId, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var ended = await EndAsync(sessionId, ct);
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
        EvictFromCache([sessionId, .. ended]);
    }
}

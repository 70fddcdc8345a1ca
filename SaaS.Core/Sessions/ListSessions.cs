using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Databases;
using SaaS.Platform.Http;

namespace SaaS.Core.Sessions;

/// <summary>One page of sessions.</summary>
/// <param name="Sessions">The sessions that are alive, the one used last first.</param>
/// <param name="Pagination">Which page of how many.</param>
public sealed record SessionList(IReadOnlyList<SessionView> Sessions, Pagination Pagination);

/// <summary>A sign-in that is alive.</summary>
/// <param name="Id">The session's id.</param>
/// <param name="Device">What signed in, e.g. Firefox on Linux.</param>
/// <param name="Address">From which address; null where none is known.</param>
/// <param name="CreatedAt">When it signed in (UTC).</param>
/// <param name="LastUsedAt">When it was last used (UTC), exact to about a minute.</param>
/// <param name="ExpiresAt">When it ends at the latest (UTC).</param>
/// <param name="IsCurrent">Whether this request came with it.</param>
public sealed record SessionView(
    Guid Id, string Device, string? Address, DateTimeOffset CreatedAt, DateTimeOffset LastUsedAt, DateTimeOffset ExpiresAt, bool IsCurrent);

internal static class ListSessions
{
    internal static void Map(RouteGroupBuilder sessions) =>
        sessions.MapGet("", Handle).Refuses(HttpProblems.BadRequest);

    /// <summary>Lists where the caller is signed in.</summary>
    internal static async Task<Ok<Answer<SessionList>>> Handle([AsParameters] PageRequest page, Caller caller, ControlDb db, TimeProvider clock, CancellationToken ct)
    {
        var found = await db.Sessions
            .Where(session => session.UserId == caller.UserId)
            .Where(Session.IsAliveAt(clock.GetUtcNow()))
            .OrderByDescending(session => session.LastUsedAt).ThenByDescending(session => session.Id)
            .Select(session => new SessionView(session.Id, session.Device, session.Address, session.CreatedAt, session.LastUsedAt, session.ExpiresAt, session.Id == caller.SessionId))
            .ToPageAsync(page, ct);

        return Answer.Ok(new SessionList(found.Items, found.Pagination), "Sessions retrieved");
    }
}

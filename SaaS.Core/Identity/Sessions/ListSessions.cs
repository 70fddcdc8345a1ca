using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>One page of sessions.</summary>
/// <param name="Sessions">The sessions that are alive, the one used last first.</param>
/// <param name="Pagination">Which page of how many; null where a cursor was given.</param>
/// <param name="NextCursor">Where the next page begins, for `cursor`; null on the last one.</param>
/// <param name="HasMore">Whether there is a next page.</param>
public sealed record SessionList(IReadOnlyList<SessionView> Sessions, Pagination? Pagination, string? NextCursor, bool HasMore);

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
        sessions.MapGet("", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists where the caller is signed in.</summary>
    internal static async Task<Results<Ok<ApiResponse<SessionList>>, ProblemResult>> Handle([AsParameters] PageRequest page, CurrentUser currentUser, ControlDbContext db, TimeProvider clock, CancellationToken ct)
    {
        var outcome = await db.Sessions
            .Where(session => session.UserId == currentUser.UserId)
            .Where(Session.IsAliveAt(clock.GetUtcNow()))
            .SortByDescending(session => session.LastUsedAt, session => session.Id)
            .ReadAsync(page, session => new SessionView(session.Id, session.Device, session.Address, session.CreatedAt, session.LastUsedAt, session.ExpiresAt, session.Id == currentUser.SessionId), ct);

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(new SessionList(found.Items, found.Pagination, found.NextCursor, found.HasMore), "Sessions retrieved");
    }
}

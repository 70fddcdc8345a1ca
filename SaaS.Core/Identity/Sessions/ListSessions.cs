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
/// <param name="Sessions">The active sessions, most recently used first.</param>
/// <param name="Pagination">Page number and totals; null when a cursor was given.</param>
/// <param name="NextCursor">The value of `cursor` for the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
public sealed record SessionList(IReadOnlyList<SessionView> Sessions, Pagination? Pagination, string? NextCursor, bool HasMore);

/// <summary>An active session.</summary>
/// <param name="Id">The session's id.</param>
/// <param name="Device">The device that signed in, e.g. Firefox on Linux.</param>
/// <param name="Address">The network address of the sign-in; null when unknown.</param>
/// <param name="CreatedAt">Time of the sign-in (UTC).</param>
/// <param name="LastUsedAt">Time of the last use (UTC), accurate to about a minute.</param>
/// <param name="ExpiresAt">Latest possible end of the session (UTC).</param>
/// <param name="Amr">The methods of its sign-in as in RFC 8176, such as pwd, otp and mfa.</param>
/// <param name="AuthenticatedAt">The time at which the user was last authenticated in it (UTC).</param>
/// <param name="IsCurrent">True for the session of this request.</param>
public sealed record SessionView(
    Guid Id,
    string Device,
    string? Address,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastUsedAt,
    DateTimeOffset ExpiresAt,
    IReadOnlyList<string> Amr,
    DateTimeOffset AuthenticatedAt,
    bool IsCurrent
);

internal static class ListSessions
{
    internal static void Map(RouteGroupBuilder sessions) => sessions.MapGet("", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists the active sessions of the current user.</summary>
    internal static async Task<Results<Ok<ApiResponse<SessionList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page,
        CurrentUser currentUser,
        ControlDbContext db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var outcome = await db
            .Sessions.Where(session => session.UserId == currentUser.UserId)
            .Where(Session.IsActiveAt(clock.GetUtcNow()))
            .SortByDescending(session => session.LastUsedAt, session => session.Id)
            .ReadAsync(
                page,
                session => new SessionView(
                    session.Id,
                    session.Device,
                    session.Address,
                    session.CreatedAt,
                    session.LastUsedAt,
                    session.ExpiresAt,
                    session.Amr,
                    session.AuthenticatedAt,
                    session.Id == currentUser.SessionId
                ),
                ct
            );

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(new SessionList(found.Items, found.Pagination, found.NextCursor, found.HasMore), "Sessions retrieved");
    }
}

using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Paging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Operations;

/// <summary>One page of dead events.</summary>
/// <param name="Events">The events, the latest failure first.</param>
/// <param name="Pagination">Which page of how many; null where a cursor was given.</param>
/// <param name="NextCursor">Where the next page begins, for `cursor`; null on the last one.</param>
/// <param name="HasMore">Whether there is a next page.</param>
public sealed record DeadEventList(IReadOnlyList<DeadEventView> Events, Pagination? Pagination, string? NextCursor, bool HasMore);

/// <summary>A dead event, whole.</summary>
/// <param name="Failures">Each consumer that could not deal with it.</param>
/// <param name="Envelope">The event as it came; a text where it could not be read.</param>
public sealed record DeadEventDetails(IReadOnlyList<DeadEventView> Failures, JsonElement Envelope);

internal static class ListDeadEvents
{
    internal static readonly Problem NotFound = new(ProblemKind.NotFound, "NOT_FOUND", "There is no such dead event");

    internal static void Map(RouteGroupBuilder events)
    {
        events.MapGet("/dead", Handle).Refuses(HttpProblems.BadRequest);
        events.MapGet("/dead/{eventId:guid}", HandleOne).WithName("getDeadEvent").Refuses(NotFound);
    }

    /// <summary>Lists events that a consumer could not deal with, the latest failure first.</summary>
    internal static async Task<Results<Ok<Answer<DeadEventList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page, [AsParameters] DeadEventFilter filter, ControlDb db, CancellationToken ct)
    {
        var outcome = await filter.From(db.DeadEvents.AsNoTracking())
            .SortByDescending(dead => dead.FailedAt, dead => dead.EventId, dead => dead.Consumer)
            .ReadAsync(page, DeadEventView.Projection, ct);

        return outcome.Failed(out var problem, out var found)
            ? problem.ToHttp()
            : Answer.Ok(new DeadEventList(found.Items, found.Pagination, found.NextCursor, found.HasMore), "Dead events retrieved");
    }

    /// <summary>Shows a dead event whole.</summary>
    internal static async Task<Results<Ok<Answer<DeadEventDetails>>, ProblemResult>> HandleOne(Guid eventId, ControlDb db, CancellationToken ct)
    {
        var failures = await db.DeadEvents.AsNoTracking().Where(dead => dead.EventId == eventId).OrderBy(dead => dead.Consumer).ToListAsync(ct);
        return failures.Count == 0
            ? NotFound.ToHttp()
            : Answer.Ok(new DeadEventDetails([.. failures.AsQueryable().Select(DeadEventView.Projection)], Read(failures[0].Envelope)), "Dead event retrieved");
    }

    private static JsonElement Read(string envelope)
    {
        try
        {
            return JsonElement.Parse(envelope);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(envelope);
        }
    }
}

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
public sealed record DeadLetterList(IReadOnlyList<DeadLetterView> Events, Pagination? Pagination, string? NextCursor, bool HasMore);

/// <summary>A dead event, whole.</summary>
/// <param name="Failures">Each consumer that could not deal with it.</param>
/// <param name="Envelope">The event as it came; a text where it could not be read.</param>
public sealed record DeadLetterDetails(IReadOnlyList<DeadLetterView> Failures, JsonElement Envelope);

internal static class ListDeadLetters
{
    internal static readonly Problem NotFound = new(ProblemKind.NotFound, "NOT_FOUND", "There is no such dead event");

    internal static void Map(RouteGroupBuilder events)
    {
        events.MapGet("/dead", Handle).ProducesProblem(HttpProblems.BadRequest);
        events.MapGet("/dead/{eventId:guid}", HandleOne).WithName("getDeadLetter").ProducesProblem(NotFound);
    }

    /// <summary>Lists events that a consumer could not deal with, the latest failure first.</summary>
    internal static async Task<Results<Ok<ApiResponse<DeadLetterList>>, ProblemResult>> Handle(
        [AsParameters] PageRequest page, [AsParameters] DeadLetterFilter filter, ControlDbContext db, CancellationToken ct)
    {
        var outcome = await filter.From(db.DeadLetters.AsNoTracking())
            .SortByDescending(dead => dead.FailedAt, dead => dead.EventId, dead => dead.Consumer)
            .ReadAsync(page, DeadLetterView.Projection, ct);

        return !outcome.TryGetValue(out var found, out var problem)
            ? problem.ToHttp()
            : ApiResponse.Ok(new DeadLetterList(found.Items, found.Pagination, found.NextCursor, found.HasMore), "Dead events retrieved");
    }

    /// <summary>Shows a dead event whole.</summary>
    internal static async Task<Results<Ok<ApiResponse<DeadLetterDetails>>, ProblemResult>> HandleOne(Guid eventId, ControlDbContext db, CancellationToken ct)
    {
        var failures = await db.DeadLetters.AsNoTracking().Where(dead => dead.EventId == eventId).OrderBy(dead => dead.Consumer).ToListAsync(ct);
        return failures.Count == 0
            ? NotFound.ToHttp()
            : ApiResponse.Ok(new DeadLetterDetails([.. failures.AsQueryable().Select(DeadLetterView.Projection)], Read(failures[0].Envelope)), "Dead event retrieved");
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
